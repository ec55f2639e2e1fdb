"""What the workbench says it cannot do."""

from __future__ import annotations


class WorkbenchError(Exception):
    """Something cannot be done; the message says why and what to do."""
