"""The application behind the window and the command line. No QtWidgets here, except in `workbench.app`."""
