from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import pytest

from storage.home import Home
from storage.store import Store
from tests.workbench.conftest import finished_run

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
@pytest.mark.usefixtures("localhost")
def test_tensorboard_serves_the_named_runs_until_ctrl_c_and_is_gone_then(
    home: Home, store: Store
) -> None:
    run = finished_run(store, "one", [0.5])
    command = [sys.executable, "main.py", "--home", str(home.path), "tensorboard", "one"]
    opener = build_opener(ProxyHandler({}))
    with subprocess.Popen(
        [*command, "--no-browser", "--json"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        told = ""
        while not told.endswith("}\n"):
            line = process.stdout.readline()
            assert line, "it ended before it told the address"
            told += line
        answer = json.loads(told)
        assert answer["runs"] == [run.id]
        with opener.open(answer["url"] + "data/runs", timeout=120) as page:
            assert page.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(240) == 130
    with pytest.raises(URLError):
        opener.open(answer["url"], timeout=120)
