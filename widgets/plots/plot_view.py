"""One plot: the curves of one quantity, with what can be done to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter

from PySide6.QtCore import QElapsedTimer, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QHideEvent, QKeyEvent, QPainter, QShowEvent
from PySide6.QtWidgets import QVBoxLayout

from widgets import theme
from widgets.dragged import Dragged
from widgets.plots.drop_target import DropTarget
from widgets.plots.frame import Window
from widgets.plots.legend import Legend
from widgets.plots.plot_canvas import PlotCanvas
from widgets.plots.plot_curve import PlotCurve, Reading
from widgets.plots.plot_data import Key, PlotData
from widgets.plots.plot_files import Background, PlotFiles
from widgets.plots.plot_header import PlotHeader
from widgets.plots.plot_menu import plot_menu
from widgets.plots.plot_pointer import PlotPointer
from widgets.plots.range_editor import RangeEditor
from widgets.plots.turns import Turns
from workbench.plot_settings import Ends, PlotOptions, PlotSettings
from workbench.ticks import Scale
from workbench.x_axis import XAxis

FRAME_MS = 50
"""At most twenty frames a second, however fast points arrive; what comes after a pause is drawn at once."""
_APART, _LONGEST_MS = 4, 1000
"""A plot that takes long to draw is drawn less often, so that it has a quarter of the window's time at most; but once a second it is."""


class PlotView(DropTarget):
    x_moved = Signal(object)
    """A person moved the view along x: the new `Window`, or None after a reset."""
    told = Signal(str)
    """Something was saved or copied, in words."""
    options_changed = Signal(object)
    """A person chose other `PlotOptions` for this plot."""
    maximise_wanted = Signal()
    """To fill the grid, or to go back to its place in it."""
    close_wanted = Signal()

    def __init__(
        self,
        title: str,
        *,
        unit: str = "",
        numbers: Scale = Scale.NUMBER,
        background: Background | None = None,
        turns: Turns | None = None,
    ) -> None:
        super().__init__()
        self.title = title
        self.options = PlotOptions()
        self.files = PlotFiles(
            self, title, self.draw_picture, lambda: self._curves, background, self.told.emit
        )
        self._numbers = numbers
        self._settings = PlotSettings()
        self._hidden: frozenset[Key] = frozenset()
        self._marked: Key | None = None
        self._axis = XAxis.STEP
        self._curves: Sequence[PlotCurve] = ()
        self._data = PlotData()
        self._x_window: Window | None = None
        self._y_window: Window | None = None
        self._stale = self._dirty = True
        self._turns = turns or Turns()
        self._frame = QTimer(self, singleShot=True)
        self._last_frame = QElapsedTimer()
        self._drawing_s = 0.0
        self._frame.timeout.connect(lambda: self._turns.ask(self))
        self._make_parts(title, unit)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("role", "data")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(f"Plot: {title}")
        theme.theme().changed.connect(self._dress)
        self._dress()

    # -- parts ------------------------------------------------------------------------------------
    def _make_parts(self, title: str, unit: str) -> None:
        self.header, self.legend, self.canvas = PlotHeader(title, unit), Legend(), PlotCanvas(self)
        self.pointer = PlotPointer(self, self.canvas, self._data, self._numbers)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 5, 8, 2)
        layout.setSpacing(1)
        layout.addWidget(self.header)
        layout.addWidget(self.legend)
        layout.addWidget(self.canvas, 1)
        self.header.reset_wanted.connect(self.reset)
        self.header.menu_wanted.connect(lambda: self._show_menu(self.header.below_menu))
        self.header.title.double_clicked.connect(self.maximise_wanted)
        self.legend.marked.connect(self.mark)
        self.legend.toggled.connect(self.toggle)
        self.legend.alone.connect(self.show_alone)
        self.canvas.box.moved.connect(self._moved)
        self.canvas.box.reset_wanted.connect(self.reset)
        self.canvas.box.menu_wanted.connect(self._show_menu)
        self.canvas.pointed.connect(self.pointer.point)
        self.canvas.pressed.connect(lambda: self.setFocus(Qt.FocusReason.MouseFocusReason))

    def _dress(self) -> None:
        self.canvas.dress()
        self.legend.update()
        self.mark_dirty()

    # -- what is shown --------------------------------------------------------------------------
    @property
    def curves(self) -> Sequence[PlotCurve]:
        return self._curves

    def set_curves(self, curves: Sequence[PlotCurve]) -> None:
        self._curves = curves
        if self._settings.replicates is None:
            self._list(curves)
        self.mark_dirty()

    def _list(self, curves: Sequence[PlotCurve]) -> None:
        self.legend.show_curves(curves, self._hidden)
        self.legend.setVisible(len(curves) > 1)

    def set_title(self, title: str, unit: str, dragged: Dragged) -> None:
        """``dragged`` is what one drags away by the title."""
        self.title = title
        self.files.title = title
        self.dropped_as = dragged
        self.header.set_title(title, unit, dragged)

    def set_settings(self, settings: PlotSettings) -> None:
        """Take other settings; another axis shows all of it."""
        metric = self._curves[0].metric if self._curves else ""
        axis = settings.x_axis.of(metric, settings.x_metric)
        if (settings, axis) == (self._settings, self._axis):
            return
        before, log_x = self._settings, self._log_x
        self._settings, self._axis = settings, axis
        placed_anew = (before.x_axis, before.x_metric) != (settings.x_axis, settings.x_metric)
        if placed_anew or self._log_x != log_x or settings.fixed_x != before.fixed_x:
            self._x_window = None
        if settings.log_y != before.log_y or settings.fixed_y != before.fixed_y:
            self._y_window = None
        self.canvas.box.setMouseEnabled(x=not settings.locked, y=not settings.locked)
        self._list(self._curves)
        self._show_reset()
        self.mark_dirty()

    @property
    def settings(self) -> PlotSettings:
        return self._settings

    @property
    def axis(self) -> XAxis:
        """What this plot has on its x axis."""
        return self._axis

    @property
    def note(self) -> str:
        """How many of the points are in the picture, and why some are not."""
        return self.header.note

    @property
    def _log_x(self) -> bool:
        return self._settings.log_x and self._axis.can_be_logarithmic

    # -- drawing ----------------------------------------------------------------------------------
    @property
    def in_sight(self) -> bool:
        """Whether some of it is on the screen: not hidden, and not scrolled away."""
        return self.isVisible() and not self.visibleRegion().isEmpty()

    def mark_dirty(self) -> None:
        """Take in what the curves hold and draw it with the next frame, or when it comes into sight."""
        self._stale = True
        self._draw_soon()

    def _draw_soon(self) -> None:
        self._dirty = True
        if not self._frame.isActive() and self.in_sight:
            since = self._last_frame.elapsed() if self._last_frame.isValid() else self._pause_ms
            self._frame.start(max(0, self._pause_ms - since))

    @property
    def _pause_ms(self) -> int:
        """From the last frame to the next one, at the least."""
        spent_s = self._drawing_s + self.canvas.painting_s
        return min(_LONGEST_MS, max(FRAME_MS, round(1000 * _APART * spent_s)))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.draw_when_seen()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._frame.stop()
        self.pointer.leave()

    def draw_when_seen(self) -> None:
        """Catch up, in turn with other plots, with what changed while it was out of sight."""
        if self._dirty:
            self._turns.ask(self)

    def draw_if_dirty(self) -> None:
        if self._dirty and self.in_sight:
            self._draw()

    def _draw(self) -> None:
        """One frame: the points that arrived, the range once, the picture once."""
        self._last_frame.start()
        began = perf_counter()
        log_x, log_y = self._log_x, self._settings.log_y
        if self._stale:
            self._take(log_x=log_x)
        x = self._x_window or self._data.x_range()
        y = self._y_window or self._data.y_range(x)
        self.canvas.show_axes((self._axis.scale, log_x), (self._numbers, log_y))
        self.canvas.show_range(x, y)
        if self._stale:
            self.canvas.show_traces(self._data.traces, log_x=log_x, log_y=log_y)
        self._dirty = self._stale = False
        self.header.set_note(self._data.note(x, y))
        self.pointer.renew()
        self._drawing_s = perf_counter() - began

    def _take(self, *, log_x: bool) -> None:
        self._data.take(
            self._curves, self._axis, self._settings,
            log_x=log_x, hidden=self._hidden, marked=self._marked,
        )  # fmt: skip
        if self._settings.replicates is not None:
            self._list(self._data.listed)

    def draw_now(self) -> None:
        """Draw without waiting for the next frame."""
        self._frame.stop()
        self._stale = True
        self._draw()

    # -- which curves -------------------------------------------------------------------------------
    def mark(self, key: Key | None) -> None:
        """Let a curve stand out; None for all alike."""
        if key != self._marked:
            self._marked = key
            self.mark_dirty()

    def toggle(self, key: Key) -> None:
        """Hide a curve, or show it again."""
        self._hide(self._hidden ^ {key})

    def show_alone(self, key: Key) -> None:
        """Hide all others or, if they are hidden, show all."""
        others = frozenset(curve.key for curve in self._data.listed) - {key}
        self._hide(frozenset() if self._hidden == others else others)

    def _hide(self, keys: frozenset[Key]) -> None:
        self._hidden = keys
        self._list(self._data.listed)
        self.mark_dirty()

    # -- zoom -------------------------------------------------------------------------------------
    def _moved(self, along_x: bool, along_y: bool) -> None:
        x, y = self.view_range
        if along_y:
            self._y_window = y
        if along_x:
            self._x_window = x
            self.x_moved.emit(x)
        self._show_reset()
        self._draw_soon()

    def set_x_window(self, window: Window | None) -> None:
        """Show this part of the x axis; None shows all. Units are those of the axis, log10 if logarithmic."""
        if window != self._x_window:
            self._x_window = window
            self._show_reset()
            self._draw_soon()

    @property
    def view_range(self) -> tuple[Window, Window]:
        return self.canvas.view_range

    def reset(self) -> None:
        """Show everything again."""
        self._x_window = self._y_window = None
        self._show_reset()
        self.x_moved.emit(None)
        self._draw_soon()

    def _show_reset(self) -> None:
        moved = self._x_window is not None or self._y_window is not None
        self.header.offer_reset(moved)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        box = self.canvas.box
        actions: dict[int, Callable[[], None]] = {
            Qt.Key.Key_R: self.reset,
            Qt.Key.Key_Plus: lambda: box.zoom(closer=True),
            Qt.Key.Key_Minus: lambda: box.zoom(closer=False),
            Qt.Key.Key_Left: lambda: box.pan(-1),
            Qt.Key.Key_Right: lambda: box.pan(1),
            Qt.Key.Key_Menu: lambda: self._show_menu(self.header.below_menu),
        }
        action = actions.get(event.key())
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    def readings(self, x: float) -> list[Reading]:
        """The nearest point of every curve to a place on the x axis, in units of the view."""
        return self._data.readings(x)

    # -- menu and ranges ----------------------------------------------------------------------------
    def _show_menu(self, place: QPoint) -> None:
        plot_menu(self).popup(place)

    def choose(self, options: PlotOptions) -> None:
        """Take what a person chose for this plot."""
        self.options = options
        self.options_changed.emit(options)

    def edit_ranges(self) -> None:
        seen = (
            self._seen(0, logarithmic=self._log_x),
            self._seen(1, logarithmic=self._settings.log_y),
        )
        now = self.options
        editor = RangeEditor(self.title, now.x, now.y, now.locked, seen, self)
        editor.accepted.connect(
            lambda: self.choose(
                replace(
                    self.options, x=editor.ends("x"), y=editor.ends("y"),
                    locked=editor.locked.isChecked(),
                )
            )
        )  # fmt: skip
        editor.open()

    def _seen(self, axis: int, *, logarithmic: bool) -> Ends:
        low, high = self.view_range[axis]
        return (10.0**low, 10.0**high) if logarithmic else (low, high)

    # -- as a picture -------------------------------------------------------------------------------
    def draw_picture(self, painter: QPainter) -> None:
        """Draw the plot as it is seen, without its buttons and the crosshair."""
        self.pointer.leave()
        self.draw_now()
        painter.fillRect(self.rect(), QColor(theme.colors().base))
        for part in (self.header, self.legend):
            if part.isVisibleTo(self):
                painter.save()
                painter.translate(part.pos())
                part.draw_picture(painter)
                painter.restore()
        self.canvas.draw_picture(painter)
