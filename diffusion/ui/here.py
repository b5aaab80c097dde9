"""Scripts of tabs with which the learner's own browser does what a button asks for, or else the server."""

import json
from pathlib import Path
from typing import Any

from diffusion.ui.components.component import SENTENCES, read_asset

PRELUDE = Path(__file__).with_suffix(".js")
STOP = Path(__file__).with_name("stop_here.js")


def script(path: Path, words: dict[str, Any]) -> str:
    """What an event runs in the page: the function in a file, after here.js, with `words` to fill in and say."""
    prelude = read_asset(SENTENCES) + PRELUDE.read_text(encoding="utf-8").replace("WORDS", json.dumps(words))
    return f"(...inputs) => {{\n{prelude}\nreturn (\n{path.read_text(encoding='utf-8')})(...inputs);\n}}"


def stop_script(lane: str) -> str:
    """What ends a run of the browser's device, by the name of its lane there."""
    return script(STOP, {"lane": lane})
