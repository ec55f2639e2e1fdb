"""One plot: the curves of one quantity, with what can be done to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pyqtgraph as pg
from PySide6.QtCore import (
    QElapsedTimer,
    QEvent,
    QObject,
    QPoint,
    QPointF,
    QRectF,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QShowEvent,
)
from PySide6.QtWidgets import QGraphicsGridLayout, QVBoxLayout, QWidget

from widgets import theme
from widgets.dragged import Dragged, from_mime
from widgets.parts import ElidedLabel, label, row, tool_button
from widgets.plain import line
from widgets.plots.axes import PlotAxis, PlotBox
from widgets.plots.crosshair import Crosshair, Readout, Row
from widgets.plots.curve_item import CurveItem, Window
from widgets.plots.drop_hint import DropHint, Zone
from widgets.plots.legend import Legend
from widgets.plots.plot_curve import PlotCurve, Reading
from widgets.plots.plot_data import Key, PlotData
from widgets.plots.plot_files import Background, PlotFiles
from widgets.plots.plot_menu import plot_menu
from widgets.plots.plot_title import PlotTitle
from widgets.plots.range_editor import RangeEditor
from widgets.text import number
from workbench.plot_settings import Ends, PlotOptions, PlotSettings
from workbench.ticks import Scale, duration_text, moment_text, value_text
from workbench.x_axis import XAxis

FRAME_MS = 100
"""About ten frames a second, however fast points arrive; what comes after a pause is drawn at once."""


class PlotView(QWidget):
    x_moved = Signal(object)
    """A person moved the view along x: the new `Window`, or None after a reset."""
    told = Signal(str)
    """Something was saved or copied, in words."""
    options_changed = Signal(object)
    """A person chose other `PlotOptions` for this plot."""
    dropped = Signal(object, object)
    """`Dragged` was dropped in a `Zone` of it."""
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
    ) -> None:
        super().__init__()
        self.title = title
        self.options = PlotOptions()
        self.files = PlotFiles(
            self,
            title,
            self.draw_picture,
            lambda: self._curves,
            background,
            self.told.emit,
        )
        self._numbers = numbers
        self._settings = PlotSettings()
        self._hidden: frozenset[Key] = frozenset()
        self._marked: Key | None = None
        self._stale = True
        self._axis = XAxis.STEP
        self._curves: Sequence[PlotCurve] = ()
        self._data = PlotData()
        self._x_window: Window | None = None
        self._y_window: Window | None = None
        self._pointer: QPointF | None = None
        self._dirty = True
        self._frame = QTimer(self, singleShot=True)
        self._last_frame = QElapsedTimer()
        self._frame.timeout.connect(self._draw)
        self._make_header(title, unit)
        self._make_scene()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 5, 8, 2)
        layout.setSpacing(1)
        layout.addLayout(self._header)
        layout.addWidget(self._legend)
        layout.addWidget(self._canvas, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("role", "data")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(f"Plot: {title}")
        self.setAcceptDrops(True)
        self._hint = DropHint(self)
        theme.theme().changed.connect(self._dress)
        self._dress()

    # -- parts ------------------------------------------------------------------------------------
    def _make_header(self, title: str, unit: str) -> None:
        self._note = ElidedLabel("", "dim")
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._note.setFont(theme.font(0.87))
        self._reset = tool_button("magnify-minus-outline", "Show all (R, or double click)")
        self._reset.clicked.connect(self.reset)
        self._menu_button = tool_button("dots-vertical", f"{title}: axes, copy, save")
        self._menu_button.clicked.connect(self._show_menu_below)
        self._reset.hide()
        self._words, self._unit = PlotTitle(title), label(unit, "dim")
        self._words.double_clicked.connect(self.maximise_wanted)
        self._header = row(
            self._words, self._unit, self._reset, self._note, self._menu_button, space=5
        )
        self._header.setStretch(3, 1)
        self._legend = Legend()
        self._legend.marked.connect(self.mark)
        self._legend.toggled.connect(self._toggle)
        self._legend.alone.connect(self._show_alone)

    def _make_scene(self) -> None:
        self._canvas = pg.GraphicsView(self)
        self._canvas.setFrameShape(self._canvas.Shape.NoFrame)
        self._canvas.setCacheMode(self._canvas.CacheModeFlag.CacheNone)
        self._canvas.setMinimumSize(120, 70)
        self._canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._box = PlotBox()
        self._left, self._bottom = PlotAxis("left"), PlotAxis("bottom")
        frame = pg.GraphicsWidget()
        grid = QGraphicsGridLayout()
        grid.setContentsMargins(0, 5, 16, 0)
        grid.setSpacing(0)
        grid.addItem(self._left, 0, 0)
        grid.addItem(self._box, 0, 1)
        grid.addItem(self._bottom, 1, 1)
        frame.setLayout(grid)
        self._canvas.setCentralItem(frame)
        self._frame_item, self._grid_layout = frame, grid
        for axis in (self._left, self._bottom):
            axis.linkToView(self._box)
        self._item = CurveItem(self._box)
        self._crosshair = Crosshair(self._box)
        self._readout = Readout(self)
        self._box.moved.connect(self._moved)
        self._box.reset_wanted.connect(self.reset)
        self._box.menu_wanted.connect(self._show_menu)
        self._canvas.scene().sigMouseMoved.connect(self._point_at_scene)
        self._canvas.viewport().installEventFilter(self)

    def _dress(self) -> None:
        self._canvas.setBackground(theme.colors().base)
        for axis in (self._left, self._bottom):
            axis.dress()
        self._legend.update()
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
        self._legend.show_curves(curves, self._hidden)
        self._legend.setVisible(len(curves) > 1)

    def set_title(self, title: str, unit: str, dragged: Dragged) -> None:
        """``dragged`` is what one drags away by the title."""
        self.title = title
        self.files.title = title
        self._words.set_full(line(title))
        self._words.dragged = dragged
        self._unit.setText(unit)

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
        self._box.setMouseEnabled(x=not settings.locked, y=not settings.locked)
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
        return self._note.full

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
            since = self._last_frame.elapsed() if self._last_frame.isValid() else FRAME_MS
            self._frame.start(max(0, FRAME_MS - since))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.draw_if_dirty()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._frame.stop()
        self._leave()

    def draw_if_dirty(self) -> None:
        """Catch up with what changed while it was out of sight."""
        if self._dirty and self.in_sight:
            self._draw()

    def _draw(self) -> None:
        """One frame: the points that arrived, the range once, the picture once."""
        self._last_frame.start()
        log_x, log_y = self._log_x, self._settings.log_y
        if self._stale:
            self._take(log_x=log_x)
        x = self._x_window or self._data.x_range()
        y = self._y_window or self._data.y_range(x)
        self._left.show_numbers(self._numbers, logarithmic=log_y)
        self._bottom.show_numbers(self._axis.scale, logarithmic=log_x)
        self._box.setRange(xRange=x, yRange=y, padding=0, disableAutoRange=False)
        if self._stale:
            self._item.show_traces(self._data.traces, log_x=log_x, log_y=log_y)
        self._dirty = self._stale = False
        self._note.set_full(self._data.note(x, y))
        if self._pointer is not None:
            self._show_crosshair(self._pointer)

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

    def _toggle(self, key: Key) -> None:
        self._hide(self._hidden ^ {key})

    def _show_alone(self, key: Key) -> None:
        others = frozenset(curve.key for curve in self._data.listed) - {key}
        self._hide(frozenset() if self._hidden == others else others)

    def _hide(self, keys: frozenset[Key]) -> None:
        self._hidden = keys
        self._list(self._data.listed)
        self.mark_dirty()

    # -- zoom -------------------------------------------------------------------------------------
    def _moved(self, along_x: bool, along_y: bool) -> None:
        x, y = (tuple(each) for each in self._box.viewRange())
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
        (x0, x1), (y0, y1) = self._box.viewRange()
        return (x0, x1), (y0, y1)

    def reset(self) -> None:
        """Show everything again."""
        self._x_window = self._y_window = None
        self._show_reset()
        self.x_moved.emit(None)
        self._draw_soon()

    def _show_reset(self) -> None:
        self._reset.setVisible(self._x_window is not None or self._y_window is not None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        actions: dict[int, Callable[[], None]] = {
            Qt.Key.Key_R: self.reset,
            Qt.Key.Key_Plus: lambda: self._box.zoom(closer=True),
            Qt.Key.Key_Minus: lambda: self._box.zoom(closer=False),
            Qt.Key.Key_Left: lambda: self._box.pan(-1),
            Qt.Key.Key_Right: lambda: self._box.pan(1),
            Qt.Key.Key_Menu: self._show_menu_below,
        }
        action = actions.get(event.key())
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    # -- crosshair ----------------------------------------------------------------------------------
    def readings(self, x: float) -> list[Reading]:
        """The nearest point of every curve to a place on the x axis, in units of the view."""
        return self._data.readings(x)

    def _point_at_scene(self, place: QPointF) -> None:
        inside = self._box.sceneBoundingRect().contains(place)
        self._pointer = self._box.mapFromScene(place) if inside else None
        if self._pointer is None:
            self._leave()
        else:
            self._show_crosshair(self._pointer)

    def _show_crosshair(self, place: QPointF) -> None:
        x = self._box.mapToView(place).x()
        readings = self.readings(x)
        if not readings:
            self._leave()
            return
        at = 10.0**x if self._log_x else x
        nearest = min(readings, key=lambda reading: abs(reading.x - at))
        rows = [self._row(reading) for reading in self._next_to(readings, place)]
        self._crosshair.show_at(place, rows)
        on_canvas = self._canvas.mapFromScene(self._box.mapToScene(place))
        on_screen = self._canvas.viewport().mapToGlobal(on_canvas)
        self._readout.show_at(on_screen, self._x_text(nearest.x), rows, len(readings) - len(rows))

    def _next_to(self, readings: list[Reading], place: QPointF) -> list[Reading]:
        """Those next to the pointer if there is no room for all, from the largest value to the smallest."""
        most = self._readout.room
        if len(readings) > most:
            y = self._box.mapToView(place).y()

            def distance(reading: Reading) -> float:
                point = self._data.view_point(reading.x, reading.shown)
                return abs(point[1] - y) if point else float("inf")

            readings = sorted(readings, key=distance)[:most]
        known = [each for each in readings if each.shown == each.shown]
        rest = [each for each in readings if each.shown != each.shown]
        return [*sorted(known, key=lambda each: -each.shown), *rest]

    def _row(self, reading: Reading) -> Row:
        placed = self._data.view_point(reading.x, reading.shown)
        point = None if placed is None else self._box.mapFromView(QPointF(*placed))
        text = self._value_text(reading.value)
        if reading.smoothed is not None:
            text = f"{self._value_text(reading.smoothed)}  ({text})"
        if reading.band is not None:
            low, high = map(self._value_text, reading.band)
            text = f"{text}  {low} … {high}"
        if reading.n:
            text = f"{text}  n = {reading.n}"
        return Row(reading.curve.color(), reading.curve.label, text, point)

    def _value_text(self, value: float) -> str:
        return number(value) if self._numbers is Scale.NUMBER else value_text(self._numbers, value)

    def _x_text(self, x: float) -> str:
        words = {
            XAxis.STEP: f"step {x:,.0f}",
            XAxis.EPOCH: f"epoch {x:,.3f}".rstrip("0").rstrip("."),
            XAxis.METRIC: f"{line(self._settings.x_metric)} {number(x)}",
            XAxis.RELATIVE: f"after {duration_text(x, 1.0)}",
        }
        return words[self._axis] if self._axis in words else moment_text(x)

    def _leave(self) -> None:
        self._pointer = None
        self._crosshair.hide()
        self._readout.leave()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._leave()
        elif event.type() == QEvent.Type.MouseButtonPress:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        return super().eventFilter(watched, event)

    # -- menu, ranges, what is dropped --------------------------------------------------------------
    def _show_menu_below(self) -> None:
        self._show_menu(self._menu_button.mapToGlobal(self._menu_button.rect().bottomLeft()))

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
        low, high = self._box.viewRange()[axis]
        return (10.0**low, 10.0**high) if logarithmic else (low, high)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._hang(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._hang(event)

    def _hang(self, event: QDropEvent) -> Zone | None:
        what = from_mime(event.mimeData())
        if what is None or not self._words.dragged.metrics or what.plot == self._words.dragged.plot:
            event.ignore()
            return None
        event.acceptProposedAction()
        return self._hint.show_for(what, event.position().toPoint(), _words_for(what, self.title))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        del event
        self._hint.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        zone = self._hang(event)
        self._hint.hide()
        if zone is not None:
            self.dropped.emit(from_mime(event.mimeData()), zone)

    # -- as a picture -------------------------------------------------------------------------------
    def draw_picture(self, painter: QPainter) -> None:
        """Draw the plot as it is seen, without its buttons and the crosshair."""
        self._leave()
        self.draw_now()
        colors = theme.colors()
        painter.fillRect(self.rect(), QColor(colors.base))
        for words, color in (
            (self._words, colors.text), (self._unit, colors.dim), (self._note, colors.dim),
        ):  # fmt: skip
            painter.setFont(words.font())
            painter.setPen(QColor(color))
            painter.drawText(words.geometry(), words.alignment(), words.text())
        if self._legend.isVisibleTo(self):
            painter.save()
            painter.translate(self._legend.pos())
            self._legend.draw(painter)
            painter.restore()
        canvas = self._canvas
        self._item.for_picture = True
        canvas.scene().render(painter, QRectF(canvas.geometry()), canvas.viewRect())
        self._item.for_picture = False


def _words_for(what: Dragged, title: str) -> str:
    if what.metrics:
        return f"Show {', '.join(map(line, what.metrics))} in {title} too"
    return f"Add {len(what.runs):,} run{'' if len(what.runs) == 1 else 's'} to {title}"
