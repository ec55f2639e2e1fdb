"""TensorBoard on runs of the history."""

from __future__ import annotations

import argparse
import sys
import webbrowser
from time import sleep

from workbench.commands.opening import find_runs, open_workbench
from workbench.commands.output import print_json
from workbench.display import missing_display
from workbench.tensorboard.launcher import TensorBoard

_LOOK_S = 0.2


def tensorboard(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    with open_workbench(args) as workbench:
        ids = [run.id for run in find_runs(workbench, args.runs)]
        home = workbench.home
    with TensorBoard(home, ids) as board:
        url = board.wait()
        if args.json:
            print_json({"url": url, "runs": ids})
        else:
            print(f"TensorBoard is at {url} until you press Ctrl-C")
        sys.stdout.flush()
        if not (args.no_browser or missing_display()):
            webbrowser.open(url)
        while board.lives:
            sleep(_LOOK_S)
    print("twinbench: TensorBoard has ended by itself", file=sys.stderr)
    return 1
