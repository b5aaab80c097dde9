"""The lessons of the tour on paper: a page for teachers to print, with the answers at its end."""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from diffusion.ui.words import classroom, tour

STYLE = (
    "body{font:12pt/1.5 system-ui,sans-serif;max-width:46em;margin:2em auto;padding:0 1em}"
    "h2{margin:1.5em 0 .3em;font-size:13pt}li{list-style:none}li::before{content:'☐ '}"
    "ul{margin:.3em 0;padding-left:1em}"
    "section{break-inside:avoid}.line{border-bottom:1px solid #888;height:2em}.answers{break-before:page}"
    "@media print{.here{display:none}}"
)


FOR_TEACHERS = f'<p class="here"><a href="class">{classroom.FOR_TEACHERS}</a></p>'
LINE = '<div class="line"></div>'


def sheet_routes() -> list[Route]:
    """The address of the sheet."""
    return [Route("/lessons", _sheet)]


def _sheet(_: Request) -> HTMLResponse:
    lessons = "".join(_lesson(k, lesson) for k, lesson in enumerate(tour.LESSONS, 1))
    answers = "".join(_answer(k, lesson) for k, lesson in enumerate(tour.LESSONS, 1))
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{tour.SHEET_TITLE}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body>'
        f"<h1>{tour.SHEET_TITLE}</h1><p>{tour.SHEET_INTRODUCTION}</p>{FOR_TEACHERS}{lessons}"
        f'<div class="answers"><h1>{tour.SHEET_ANSWERS}</h1>{answers}</div></body></html>'
    )


def _lesson(k: int, lesson: tour.Lesson) -> str:
    choices = "".join(f"<li>{escape(choice)}</li>" for choice in lesson.choices)
    return (
        f"<section><h2>{k}. {escape(lesson.title)}</h2><p>{escape(lesson.question)}</p><ul>{choices}</ul>"
        f"<p>{escape(lesson.task)}</p><p>{tour.SHEET_SEEN}</p>{2 * LINE}</section>"
    )


def _answer(k: int, lesson: tour.Lesson) -> str:
    right = escape(lesson.choices[lesson.right])
    return f"<section><h2>{k}. {escape(lesson.title)}: {right}</h2><p>{escape(lesson.why)}</p></section>"
