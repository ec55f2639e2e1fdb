"""The long form of the fault injection: ``python -m tests.faults --injections 300``. Exit code 1 if anything was lost or wrong."""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.faults.campaign import Campaign
from tests.faults.small_disk import small_disk


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.faults", description=__doc__)
    parser.add_argument("--injections", type=int, default=300, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--windows", type=int, default=1, metavar="N")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        small_disk(Path(folder) / "disk", megabytes=256) as disk,
    ):
        if disk is None:
            print("no small disk can be mounted here: the disk is not filled")
        home = (disk or Path(folder)) / "home"
        campaign = Campaign(
            home,
            Path(folder) / "witness",
            seed=given.seed,
            windows=given.windows,
            small_disk=disk is not None,
        )
        report = campaign.run(given.injections, partial(print, flush=True))
    print(report)
    return 0 if report.clean else 1


if __name__ == "__main__":
    sys.exit(main())
