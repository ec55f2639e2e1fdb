"""What stands in place of an empty list of runs: why it is empty, and what to do next."""

from __future__ import annotations

from storage.records import Scope
from workbench.run_views import View
from workbench.saved_views import BUILT_IN

_SCOPES = {
    Scope.LISTED: ("No runs yet", "Start one, and it appears here."),
    Scope.ARCHIVED: (
        "The archive is empty",
        "Archive runs that are in the way (E). They keep everything, and E brings them back.",
    ),
    Scope.TRASHED: (
        "The trash is empty",
        "Runs that you delete stay here until you bring them back (R) or delete them forever (Shift+Del).",
    ),
}
_VIEWS = {
    "Running": ("Nothing trains or waits", "Start a run, and it is here until it ends."),
    "Starred": ("No run is starred", "Star the runs that matter (S) to find them here again."),
    "Failed": ("No run failed", "Runs that failed, were killed or lost stand here."),
    "Last 7 days": ("No run in the last 7 days", "Older ones are in All runs."),
}


def words(view: View, total: int) -> tuple[str, str]:
    """A title and an advice. ``total`` is how many runs there are without the filter."""
    if not view.filter or not total:
        return _SCOPES[view.scope]
    built_in = next((each.name for each in BUILT_IN if each.is_shown_by(view)), "")
    what = "No run matches", "Esc in the filter shows all of them."
    return _VIEWS.get(built_in, what)
