"""The README's program that asks the app, run as it stands against one that is served."""

import json
import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
PROGRAM = re.compile(r"```python\n(.*?gradio_client.*?)```", re.DOTALL)


def test_the_program_that_asks_the_app_runs(app_url, capsys):
    [program] = PROGRAM.findall(README.read_text(encoding="utf-8"))
    told = {}
    exec(program.replace("http://127.0.0.1:7860", app_url).replace('"sprites"', '"tiny"'), told)
    assert len(told["sprites"]) == 16 * 768
    assert capsys.readouterr().out.strip().endswith(told["noise"]["sentence"])
    assert {"x_t", "network", "by_heart"} <= told["noise"].keys()
    assert [lane["calls"] for lane in json.loads(told["race"])["lanes"]] and "times as fast" in told["table"]
    assert told["edit"]["lanes"][0]["sprites"] == json.loads(told["run"])["lanes"][0]["sprites"] == 4
    assert "network calls" in told["cost"]
