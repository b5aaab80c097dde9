"""A page for teachers at /class: it makes a link that shows a class what it shall see, and draws it as a QR code."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from diffusion.support.checks import InputError
from diffusion.ui.classroom.qr_code import drawn_code
from diffusion.ui.classroom.switches import FORGET, HIDE, LESSON, PROJECTOR, Switches
from diffusion.ui.routes.own_address import root_of
from diffusion.ui.words import classroom, tour

STYLE = Path(__file__).with_suffix(".css")
SHOW, ASKED = "show", "asked"   # more keys, of this page's own form: tabs with a tick, and that it was sent
LOOPBACK = ("localhost", "127.")
LONGEST = 1000   # of what stands after the question mark


def class_routes(tabs: Mapping[str, str]) -> list[Route]:
    """The address of the page; `tabs`: their names by their keys."""

    def page(request: Request) -> HTMLResponse:
        try:
            root = root_of(request)
        except InputError as error:
            return HTMLResponse(_page(_fault(error)), 400)
        try:
            switches = asked_of(request, tabs)
        except InputError as error:
            return HTMLResponse(_page(_form(tabs, Switches()) + _fault(error)), 400)
        return HTMLResponse(_page(_form(tabs, switches) + _result(root, switches)))

    return [Route("/class", page)]


def asked_of(request: Request, tabs: Mapping[str, str]) -> Switches:
    """What is chosen in the form, or told in the address as the app's page has it; InputError if it cannot be."""
    if len(request.url.query) > LONGEST:
        raise InputError(f"the address is too long: it has {LONGEST} signs at most after its question mark.")
    query = request.query_params
    told = {key: query.get(key, "") for key in (HIDE, PROJECTOR, LESSON, FORGET)}
    if query.get(ASKED):
        wanted = query.getlist(SHOW)
        if unknown := [tab for tab in wanted if tab not in tabs]:
            raise InputError(f"{SHOW} = {unknown[0][:80]}: name tabs, of {', '.join(tabs)}.")
        told[HIDE] = ",".join(tab for tab in tabs if tab not in wanted)
    return Switches.read(lambda key: told[key], tabs)


def _page(body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{classroom.TITLE}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<style>{STYLE.read_text(encoding="utf-8")}</style></head><body><h1>{classroom.TITLE}</h1>{body}'
        f'<nav><a href="lessons">{classroom.SHEET}</a></nav></body></html>'
    )


def _form(tabs: Mapping[str, str], switches: Switches) -> str:
    shown = "".join(_tick(SHOW, key, name, key not in switches.hidden) for key, name in tabs.items())
    lessons = {"": classroom.NO_LESSON} | {lesson.key: lesson.title for lesson in tour.LESSONS}
    options = "".join(
        f'<option value="{key}"{" selected" * (key == switches.lesson)}>{escape(title)}</option>'
        for key, title in lessons.items()
    )
    return (
        f'<p>{classroom.INTRODUCTION}</p><form><input type="hidden" name="{ASKED}" value="1">'
        f'<fieldset><legend>{classroom.TABS}</legend>{shown}<p class="note">{classroom.TABS_NOTE}</p></fieldset>'
        f'<p>{_tick(PROJECTOR, "1", classroom.PROJECTOR, switches.projector)}</p>'
        f'<p>{_tick(FORGET, "1", classroom.FORGET, switches.forgets)}</p>'
        f'<p><label>{classroom.LESSON} <select name="{LESSON}">{options}</select></label></p>'
        f"<button>{classroom.MAKE}</button></form>"
    )


def _tick(key: str, value: str, name: str, ticked: bool) -> str:
    checked = " checked" * ticked
    return f'<label><input type="checkbox" name="{key}" value="{value}"{checked}>{escape(name)}</label>'


def _result(root: str, switches: Switches) -> str:
    link = f"{root}/{switches.query}"
    here = f'<p class="note">{classroom.HERE_ONLY}</p>' if _is_loopback(root) else ""
    return (
        f'<h2>{classroom.RESULT}</h2><p class="link"><a href="{escape(link)}">{escape(link)}</a></p>{here}'
        f'<div class="code">{drawn_code(link)}</div>'
    )


def _is_loopback(root: str) -> bool:
    return root.partition("://")[2].startswith(LOOPBACK)


def _fault(error: InputError) -> str:
    return f'<p class="fault" role="alert">{escape(str(error))}</p>'
