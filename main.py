"""Runs Twinbench from a checkout: ``python main.py`` opens the window, ``python main.py --help`` says more."""

import sys

from workbench.command_line import main

if __name__ == "__main__":
    sys.exit(main())
