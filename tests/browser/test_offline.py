"""The whole lab on a machine without any network, where not even a name can be looked up."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("without_network.py")
HOUSE = SCRIPT.parents[2]
ALONE = ["unshare", "--map-root-user", "--net"]


def test_every_tab_works_where_nothing_but_this_machine_can_be_reached(browser, own_app_folder):
    if shutil.which("unshare") is None or subprocess.run([*ALONE, "true"], check=False).returncode:
        pytest.skip("this system lets nobody take a program off the network (unshare)")
    told = subprocess.run(
        [*ALONE, sys.executable, str(SCRIPT), str(own_app_folder)], check=True, timeout=200, stdout=subprocess.PIPE,
        text=True, env=os.environ | {"PYTHONPATH": str(HOUSE)},
    ).stdout   # fmt: skip
    assert json.loads(told.splitlines()[-1]) == {"reaches_out": False, "wrong": []}
