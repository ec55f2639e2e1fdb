from __future__ import annotations

from collections import namedtuple
from pathlib import Path

import pytest

from benchmarks.stolen_time import Stolen, StolenTime

Linux = namedtuple("Linux", "user idle steal guest guest_nice")
Other = namedtuple("Other", "user idle")


def clock(monkeypatch: pytest.MonkeyPatch, *moments: tuple[float, ...]) -> None:
    """What the system tells, one after the other."""
    left = iter(moments)
    monkeypatch.setattr("psutil.cpu_times", lambda: next(left))


def test_the_hosts_share_is_that_of_all_time_over_all_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock(monkeypatch, Linux(0, 0, 0, 0, 0), Linux(5, 4, 1, 2, 0), Linux(5, 4, 1, 2, 0), Linux(10, 4, 6, 2, 0))  # fmt: skip
    for _ in range(2):
        with StolenTime(tmp_path / "stolen.json").counted("a duel"):
            pass
    found = StolenTime(tmp_path / "stolen.json")
    assert found.share("a duel") == pytest.approx(6 / 20)
    assert found.share("another") is None


def test_a_system_that_does_not_tell_leaves_it_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock(monkeypatch, Other(0, 0), Other(50, 50))
    stolen = StolenTime(tmp_path / "stolen.json")
    with stolen.counted("a duel"):
        pass
    assert stolen.share("a duel") is None


def test_looking_at_a_finished_duel_counts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock(monkeypatch, Linux(0, 0, 0, 0, 0), Linux(0.2, 0.1, 0.1, 0, 0))
    stolen = StolenTime(tmp_path / "stolen.json")
    with stolen.counted("a duel"):
        pass
    assert stolen.share("a duel") is None
    assert not (tmp_path / "stolen.json").exists()


def test_what_was_cut_short_still_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, Linux(0, 0, 0, 0, 0), Linux(5, 4, 1, 0, 0))
    stolen = StolenTime(tmp_path / "stolen.json")
    with pytest.raises(KeyboardInterrupt), stolen.counted("a duel"):
        raise KeyboardInterrupt
    assert stolen.share("a duel") == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("moments", "said"),
    [
        ((Linux(0, 0, 0, 0, 0), Linux(5, 3, 2, 0, 0)), "20% of all cores' time"),
        ((Other(0, 0), Other(5, 5)), "not known here"),
    ],
)
def test_what_was_taken_away_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, moments: tuple[tuple[float, ...], ...], said: str
) -> None:
    clock(monkeypatch, *moments)
    assert said in Stolen().told()
