"""The examination of the installation."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from storage.home import Home
from workbench.commands.output import print_json, print_pairs, version
from workbench.doctor import Finding, Level, examine
from workbench.paths import default_home


def doctor(args: argparse.Namespace) -> int:
    findings = list(examine(Home((args.home or default_home()).absolute())))
    has_error = any(finding.level is Level.ERROR for finding in findings)
    if args.json:
        checks = [asdict(finding) for finding in findings]
        print_json({"version": version(), "healthy": not has_error, "checks": checks})
    else:
        _print(findings)
    return 1 if has_error else 0


def _print(findings: list[Finding]) -> None:
    print_pairs({"twinbench": version()} | {one.subject: _line(one) for one in findings})
    wrong = [one for one in findings if one.level in (Level.ERROR, Level.WARNING)]
    print("\n" + (f"{len(wrong)} to be mended" if wrong else "all is well"))
    for one in wrong:
        print(f"  {one.level}: {one.subject}: {one.text}")
        if one.remedy:
            print(f"    {one.remedy.strip()}")


def _line(finding: Finding) -> str:
    if finding.level is Level.OK:
        return finding.text
    remedy = f" `{finding.remedy}`" if finding.level is Level.NOTE and finding.remedy else ""
    return f"{finding.text}{remedy}"
