from __future__ import annotations

from pathlib import Path

import pytest

from widgets.choices import Choices


@pytest.mark.parametrize("value", ["", "a, b; c=d", "ä\n–", 7, True, False])
def test_what_was_chosen_is_there_when_the_window_opens_again(
    tmp_path: Path, value: str | int | bool
) -> None:
    first = Choices(tmp_path / "window.ini")
    first.set("group/name", value)
    first.save()
    second = Choices(tmp_path / "window.ini")
    assert second.get("group/name", type(value)()) == value


def test_homes_do_not_share_their_choices(tmp_path: Path) -> None:
    one, other = Choices(tmp_path / "one.ini"), Choices(tmp_path / "other.ini")
    one.set("theme", "dark")
    one.save()
    assert other.get("theme", "system") == "system"


def test_a_damaged_file_counts_as_no_choice(tmp_path: Path) -> None:
    path = tmp_path / "window.ini"
    path.write_bytes(b"\xff\xfe[[[\x00 = = ]\n")
    assert Choices(path).get("window/tab", 2) == 2
