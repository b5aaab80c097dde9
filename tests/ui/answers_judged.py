"""What is wrong with the answer to a call: whether it is fit for people, and what was logged meanwhile."""

import re
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from raw_http import Answer

LONGEST = 1000   # of what is said
EXAMPLES = 3     # of each kind of fault, in the report
NO_SUCH_DOOR = (404, 405)
CODE = re.compile(
    r"Traceback|NoneType|Error\b|Exception|<class|<function|\bobject (has|is|of type)|"
    r"'(int|str|list|dict|float|bool|tuple|bytes|set)'|\b(int|str|dict|tuple)\(|unsupported operand|subscriptable|"
    r"unhashable|positional argument|codec can't|pydantic|Expecting value|\btorch\.|\bnumpy\b|"
    r"\[Errno|__\w+__|tensor\("
)
PLACES = {str(Path(__file__).parents[2]), sys.prefix, sys.base_prefix, str(Path.home()), tempfile.gettempdir()} - {"/"}


class Broken(NamedTuple):
    """A call whose answer is not as it should be."""

    door: str
    sent: Any
    answer: Answer
    faults: list[str]
    logged: str

    @property
    def kind(self) -> str:
        """What is wrong, and where it comes from."""
        return "; ".join(self.faults) + _where(self.logged)

    def __str__(self) -> str:
        return f"{self.door} {_short(self.sent)} -> {self.answer.status} {_short(self.answer.error)}"


def faults(answer: Answer, logged: str, must_answer: bool) -> list[str]:
    """What is wrong with an answer, each in a few words."""
    found = ["a traceback is logged"] if "Traceback" in logged else []
    if not answer.failed:
        return [*found, "nothing is answered"] if must_answer and answer.value is None else found
    if answer.status in NO_SUCH_DOOR and not answer.error:
        return found
    if isinstance(answer.error, list):   # how FastAPI tells programs that a body does not fit
        return [*found, *_unfit(" ".join(one["msg"] for one in answer.error), sentence=False)]
    return [*found, *_unfit(answer.error, sentence=answer.status in (200, 500))]


def _unfit(said, sentence: bool) -> list[str]:
    if not isinstance(said, str) or not said.strip():
        return ["nothing is said"]
    if said == "Internal Server Error":
        return ["a bare Internal Server Error"]
    found = []
    if match := CODE.search(said):
        found.append(f"words of the code are told: {match[0]}")
    if any(place in said for place in PLACES):
        found.append("a path of this machine is told")
    if len(said) > LONGEST:
        found.append(f"more than {LONGEST} characters are told")
    if sentence and (len(said.split()) < 3 or said.strip()[-1] not in ".!?"):
        found.append("what is told is no sentence")
    return found


def report(broken: list[Broken], calls: int) -> str:
    """What broke, by its kind, the most common first, with a few examples of each."""
    kinds = defaultdict(list)
    for one in broken:
        kinds[one.kind].append(str(one))
    lines = [f"{len(broken)} of {calls} calls are answered wrongly:"]
    for kind, examples in sorted(kinds.items(), key=lambda pair: -len(pair[1])):
        lines += [f"{len(examples):4} x {kind}", *(f"       {example}" for example in examples[:EXAMPLES])]
    return "\n".join(lines)


def _short(value) -> str:
    text = ascii(value)
    return text if len(text) <= 300 else f"{text[:200]}...{text[-60:]}"


def _where(logged: str) -> str:
    """The last line of a traceback, and the last place in the app."""
    if "Traceback" not in logged:
        return ""
    places = re.findall(r'File "[^"]*?/((?:diffusion|gradio)/[^"]*)", line (\d+)', logged)
    own = [place for place in places if place[0].startswith("diffusion")] or places
    last = [line for line in logged.strip().splitlines() if re.match(r"[\w.]+(Error|Exception|Warning)\b", line)]
    return f" ({':'.join(own[-1]) if own else ''} {last[-1].partition(':')[0] if last else ''})"
