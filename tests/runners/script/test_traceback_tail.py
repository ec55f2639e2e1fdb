from __future__ import annotations

from pathlib import Path

import pytest

from runners.script.traceback_tail import read_failure

TRACEBACK = """Traceback (most recent call last):
  File "train.py", line 3, in <module>
    raise ValueError("boom")
ValueError: boom"""


def failure(tmp_path: Path, text: str, start: int = 0) -> tuple[str, str, str]:
    log = tmp_path / "log"
    log.write_text(text)
    found = read_failure(log, start)
    return found.line, found.error_type, found.traceback


def test_the_last_traceback_is_the_reason(tmp_path: Path) -> None:
    text = f"{TRACEBACK.replace('boom', 'an earlier one')}\nwent on\n{TRACEBACK}\n"
    assert failure(tmp_path, text) == ("ValueError: boom", "ValueError", TRACEBACK)


def test_what_the_log_said_before_the_script_is_no_reason(tmp_path: Path) -> None:
    assert failure(tmp_path, f"{TRACEBACK}\nlast words\n", len(TRACEBACK)) == ("last words", "", "")


@pytest.mark.parametrize(
    ("text", "line", "kind"),
    [
        ('  File "x.py", line 1\n    def\n       ^\nSyntaxError: invalid syntax\n', "SyntaxError: invalid syntax", "SyntaxError"),
        ("Traceback (most recent call last):\n  x\ntorch.cuda.OutOfMemoryError: CUDA\n", "torch.cuda.OutOfMemoryError: CUDA", "OutOfMemoryError"),
        ("x.py: error: no such option\n", "x.py: error: no such option", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_other_ends_are_told_by_their_last_line(
    tmp_path: Path, text: str, line: str, kind: str
) -> None:
    assert failure(tmp_path, text)[:2] == (line, kind)


def test_a_log_that_is_gone_tells_nothing(tmp_path: Path) -> None:
    assert read_failure(tmp_path / "none", 0).line == ""
