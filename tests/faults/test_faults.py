"""The short form, in a few minutes: each kind of fault at least once, the long form by ``python -m tests.faults``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.faults.campaign import Campaign
from tests.faults.injections import INJECTIONS
from tests.faults.small_disk import small_disk

pytestmark = pytest.mark.long

SLOW = {"stop a suspended trainer", "kill a window"}
"""Left to the long form: they take long, or have a test of their own."""


@pytest.mark.skipif(
    sys.platform == "win32", reason="a witness in PYTHONPATH is tried on POSIX only"
)
def test_no_fault_loses_a_point_or_leaves_a_lie_behind(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=128) as disk:
        kinds = [
            kind.name
            for kind in INJECTIONS
            if kind.name not in SLOW and (disk is not None or not kind.small_disk)
        ]
        campaign = Campaign(
            (disk or tmp_path) / "home",
            tmp_path / "witness",
            seed=3,
            windows=0,
            small_disk=disk is not None,
        )
        report = campaign.run(len(kinds), kinds=kinds)
    assert report.injections == len(kinds), report
    assert report.acknowledged > 0
    assert report.clean, report
