"""Progress on a terminal: one line that is written over, or plain lines where the output is no terminal."""

from __future__ import annotations

from typing import Self, TextIO

from storage.records import RunRecord
from workbench.commands.output import duration_text, printable

_BAR_CELLS = 24
_LOSSES = ("loss", "train/loss")


class ProgressLine:
    """Used as a context manager, it leaves the terminal on a fresh line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal and self._shown:
            self._stream.write("\n")
            self._shown = ""

    def show(self, text: str, plain: str | None = None) -> None:
        """Show the text now. Without a terminal, print ``plain`` (by default the text) if it is new."""
        text, plain = printable(text), None if plain is None else printable(plain)
        if self._terminal:
            self._stream.write("\r" + text.ljust(len(self._shown)))
            self._shown = text
        else:
            plain = text if plain is None else plain
            if plain != self._shown:
                self._stream.write(plain + "\n")
            self._shown = plain
        self._stream.flush()

    def keep(self, text: str) -> None:
        """Show the text and leave it standing."""
        self.show(text)
        if self._terminal:
            self._stream.write("\n")
            self._shown = ""

    def tell(self, text: str, fraction: float) -> None:
        """A `ProgressCallback`: with a bar on a terminal, else only what is being done."""
        self.show(f"{bar(fraction)} {fraction:4.0%}  {text}", plain=text)


def bar(fraction: float) -> str:
    full = round(_BAR_CELLS * min(1.0, max(0.0, fraction)))
    return f"[{'#' * full}{'-' * (_BAR_CELLS - full)}]"


def run_line(run: RunRecord) -> str:
    """Where an unfinished run is, in one line."""
    progress = run.progress
    words = [f"{run.id} {run.name}", _doing(run)]
    if progress.total_steps:
        words += [f"{bar(progress.fraction)} {progress.fraction:4.0%}", _epoch(run)]
    if loss := next((run.summary[name] for name in _LOSSES if name in run.summary), None):
        words.append(f"loss {loss.last:.4g}")
    if progress.remaining_s is not None:
        words.append(f"{duration_text(progress.remaining_s)} left")
    return "  ".join(words)


def run_milestone(run: RunRecord) -> str:
    """The same for plain lines: it changes with the epoch, not with every step."""
    is_training = run.state.active and run.progress.epoch
    return f"{run.id} {run.name}  {_epoch(run) if is_training else _doing(run)}"


def end_line(run: RunRecord) -> str:
    reason = f": {run.reason}" if run.reason else ""
    return f"{run.id} {run.name}  {run.state}{reason}"


def _doing(run: RunRecord) -> str:
    is_busy = run.state.active and run.progress.phase
    return run.progress.phase if is_busy else str(run.state)


def _epoch(run: RunRecord) -> str:
    return f"epoch {run.progress.epoch}/{run.progress.epochs}"
