"""What a person writes about runs and experiments, each with a notice that undoes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from storage.records import Experiment

if TYPE_CHECKING:
    from storage.store import Store
    from workbench.bench import Workbench
    from workbench.session import Session

V = TypeVar("V")


class Edits:
    """Reachable as ``session.edits``. All methods return at once; `Session.notice` follows where something changed, else `Session.failed`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def rename_run(self, run_id: int, name: str) -> None:
        self._edit(
            lambda store: store.rename_run(run_id, name),
            lambda before: f"Renamed {before[run_id]}",
            lambda store, before: store.rename_run(run_id, before[run_id]),
        )

    def note_run(self, run_id: int, text: str) -> None:
        """Keep the note of a run, in Markdown; "" removes it."""
        what = "Kept the note of" if text.strip() else "Removed the note of"
        self._edit(
            lambda store: store.set_note(run_id, text),
            self._told(what),
            lambda store, before: store.set_note(run_id, before[run_id]),
        )

    def star_runs(self, run_ids: Iterable[int], on: bool) -> None:
        ids = list(run_ids)
        self._edit(
            lambda store: store.set_starred(ids, on),
            self._told("Starred" if on else "Took the star from"),
            lambda store, before: store.set_starred(before, not on),
        )

    def archive_runs(self, run_ids: Iterable[int], on: bool) -> None:
        """Put runs out of the way, or bring them back."""
        ids = list(run_ids)
        self._edit(
            lambda store: store.archive(ids) if on else store.unarchive(ids),
            self._told("Archived" if on else "Took out of the archive:"),
            lambda store, before: store.unarchive(before) if on else store.archive(before),
        )

    def color_runs(self, run_ids: Iterable[int], index: int) -> None:
        """Draw runs in a colour of the palette everywhere."""
        ids = list(run_ids)
        self._edit(
            lambda store: store.set_color(ids, index),
            self._told("Recoloured"),
            lambda store, before: _give_back(before, store.set_color),
        )

    def move_to_experiment(self, run_ids: Iterable[int], name: str) -> None:
        """An experiment is there as soon as a run is in it. An empty name is "default"."""
        ids, shown = list(run_ids), " ".join(name.split()) or "default"
        self._edit(
            lambda store: store.set_experiment(ids, name),
            lambda before: f"Moved {self._named(before)} to {shown}",
            lambda store, before: _give_back(before, store.set_experiment),
        )

    def tag_runs(self, run_ids: Iterable[int], add: Iterable[str], remove: Iterable[str]) -> None:
        """Give tags to runs and take others from them."""
        ids, given, taken = list(run_ids), list(add), list(remove)
        self._edit(
            lambda store: store.tag(ids, given, taken),
            self._told("Tagged" if given else "Took a tag from"),
            lambda store, before: store.retag(before),
        )

    def delete_runs(self, run_ids: Iterable[int], left_out: str = "") -> None:
        """Put runs into the trash. ``left_out`` is told with them: what was selected and stays."""
        ids = list(run_ids)
        self._edit(
            lambda store: store.trash(ids),
            lambda before: f"Deleted {self._named(before)}{left_out}",
            lambda store, before: store.restore(before),
        )

    def restore_runs(self, run_ids: Iterable[int], then: Callable[[], None] | None = None) -> None:
        """Bring runs back from the trash."""
        ids = list(run_ids)
        self._edit(
            lambda store: store.restore(ids),
            lambda before: f"Brought back {_counted(len(before))}",
            lambda store, before: store.trash(before),
            then,
        )

    def delete_runs_forever(
        self, run_ids: Iterable[int], then: Callable[[], None] | None = None
    ) -> None:
        """Remove trashed runs with their folders. Nothing brings them back."""
        ids = list(run_ids)

        def done(_: None) -> None:
            self._session.notice.emit(f"Deleted {_counted(len(ids))} for ever", None)
            if then is not None:
                then()

        self._session.call(lambda workbench: workbench.store.delete_forever(ids), done)

    def rename_experiment(self, old: str, new: str) -> None:
        """Rename an experiment, or let its runs join one of the new name."""

        def change(workbench: Workbench) -> Callable[[Workbench], None]:
            store = workbench.store
            known = [store.experiment(name) for name in (old, new)]
            moved = store.rename_experiment(old, new)
            return lambda workbench: _take_apart(workbench.store, list(moved), *known)

        self._session.call(
            change,
            lambda back: self._session.notice.emit(
                f"Renamed {old} to {new}", lambda: self._session.call(back)
            ),
        )

    def note_experiment(self, name: str, text: str) -> None:
        """Keep the note of an experiment, in Markdown; "" removes it."""

        def change(workbench: Workbench) -> str:
            before = workbench.store.experiment(name).note
            workbench.store.set_experiment_note(name, text)
            return before

        def told(before: str) -> None:
            if before != text.strip():
                undo = partial(self.note_experiment, name, before)
                self._session.notice.emit(f"Kept the note of {name}", undo)

        self._session.call(change, told)

    def set_layout(self, experiment: str, layout: Any) -> None:
        """Keep what the views remember of an experiment, something that JSON can hold; None forgets it. Nothing is told."""
        self._session.call(lambda workbench: workbench.store.set_layout(experiment, layout))

    def _edit(
        self,
        change: Callable[[Store], Mapping[int, V]],
        told: Callable[[Mapping[int, V]], str],
        undo: Callable[[Store, Mapping[int, V]], object],
        then: Callable[[], None] | None = None,
    ) -> None:
        """Change runs; what they had before is what the undo gives back."""

        def done(before: Mapping[int, V]) -> None:
            if before:
                take_back = partial(self._undo, lambda store: undo(store, before), then)
                self._session.notice.emit(told(before), take_back)
            if then is not None:
                then()

        self._session.call(lambda workbench: change(workbench.store), done)

    def _undo(self, change: Callable[[Store], object], then: Callable[[], None] | None) -> None:
        def done(_: object) -> None:
            if then is not None:
                then()

        self._session.call(lambda workbench: change(workbench.store), done)

    def _told(self, what: str) -> Callable[[Mapping[int, Any]], str]:
        return lambda before: f"{what} {self._named(before)}"

    def _named(self, run_ids: Iterable[int]) -> str:
        runs = self._session.runs
        return named([runs[one].name if one in runs else f"run {one}" for one in run_ids])


def named(names: Sequence[str]) -> str:
    """The name of the only one, or how many runs they are."""
    return names[0] if len(names) == 1 else _counted(len(names))


def _counted(count: int) -> str:
    return f"{count:,} run{'s' * (count != 1)}"


def _give_back(before: Mapping[int, V], change: Callable[[list[int], V], object]) -> None:
    for value in set(before.values()):
        change([run_id for run_id, was in before.items() if was == value], value)


def _take_apart(store: Store, moved: list[int], *known: Experiment) -> None:
    """Give runs that were renamed with their experiment back to it, and to both experiments what was known of them."""
    store.set_experiment(moved, known[0].name)
    for experiment in known:
        store.set_experiment_note(experiment.name, experiment.note)
        store.set_layout(experiment.name, experiment.layout)
