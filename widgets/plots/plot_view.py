"""One plot: the curves of one quantity, with what can be done to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

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
from PySide6.QtGui import QColor, QGuiApplication, QHideEvent, QKeyEvent, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QGraphicsGridLayout,
    QMenu,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from widgets import theme
from widgets.icons import icon
from widgets.parts import ElidedLabel, label, row, tool_button
from widgets.plots import export
from widgets.plots.axes import PlotAxis, PlotBox
from widgets.plots.crosshair import Crosshair, Readout, Row
from widgets.plots.curve_item import CurveItem, Window
from widgets.plots.legend import Legend
from widgets.plots.plot_curve import PlotCurve, Reading
from widgets.plots.plot_data import PlotData
from widgets.plots.plot_settings import PlotSettings
from widgets.plots.x_axis import XAxis
from widgets.text import number
from workbench.ticks import Scale, duration_text, moment_text, value_text

T = TypeVar("T")
FRAME_MS = 100
"""About ten frames a second, however fast points arrive; what comes after a pause is drawn at once."""
Background = Callable[[Callable[[], object], Callable[[object], None]], None]
"""Does work elsewhere, then hands its result to a function on the GUI thread."""


def _here(work: Callable[[], object], then: Callable[[object], None]) -> None:
    then(work())


class PlotView(QWidget):
    x_moved = Signal(object)
    """A person moved the view along x: the new `Window`, or None after a reset."""
    told = Signal(str)
    """Something was saved or copied, in words."""

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
        self._background = background or _here
        self._numbers = numbers
        self._settings = PlotSettings()
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
        self._words, self._unit = ElidedLabel(title, "heading"), label(unit, "dim")
        self._words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._header = row(
            self._words, self._unit, self._reset, self._note, self._menu_button, space=5
        )
        self._header.setStretch(3, 1)
        self._legend = Legend()

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
        self._legend.show_curves(curves)
        self._legend.setVisible(len(curves) > 1)
        self.mark_dirty()

    def set_settings(self, settings: PlotSettings) -> None:
        """Take other settings; another axis shows all of it."""
        metric = self._curves[0].metric if self._curves else ""
        axis = settings.x_axis.of(metric)
        log_x = settings.log_x and axis.can_be_logarithmic
        if (axis, log_x) != (self._axis, self._log_x):
            self._x_window = None
        if settings.log_y != self._settings.log_y:
            self._y_window = None
        self._settings, self._axis = settings, axis
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
    def mark_dirty(self) -> None:
        """Draw with the next frame, or when it comes into sight."""
        self._dirty = True
        if self.isVisible() and not self._frame.isActive():
            since = self._last_frame.elapsed() if self._last_frame.isValid() else FRAME_MS
            self._frame.start(max(0, FRAME_MS - since))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._dirty:
            self._draw()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._frame.stop()
        self._leave()

    def _draw(self) -> None:
        """One frame: the points that arrived, the range once, the picture once."""
        self._dirty = False
        self._last_frame.start()
        log_x, log_y = self._log_x, self._settings.log_y
        self._data.take(self._curves, self._axis, self._settings, log_x=log_x)
        self._left.show_numbers(self._numbers, logarithmic=log_y)
        self._bottom.show_numbers(self._axis.scale, logarithmic=log_x)
        x = self._x_window or self._data.x_range()
        y = self._y_window or self._data.y_range(x)
        self._box.setRange(xRange=x, yRange=y, padding=0, disableAutoRange=False)
        self._item.show_traces(self._data.traces, log_x=log_x, log_y=log_y)
        self._note.set_full(self._data.note(x, y))
        if self._pointer is not None:
            self._show_crosshair(self._pointer)

    def draw_now(self) -> None:
        """Draw without waiting for the next frame."""
        self._frame.stop()
        self._draw()

    # -- zoom -------------------------------------------------------------------------------------
    def _moved(self, along_x: bool, along_y: bool) -> None:
        x, y = (tuple(each) for each in self._box.viewRange())
        if along_y:
            self._y_window = y
        if along_x:
            self._x_window = x
            self.x_moved.emit(x)
        self._show_reset()
        self.mark_dirty()

    def set_x_window(self, window: Window | None) -> None:
        """Show this part of the x axis; None shows all. Units are those of the axis, log10 if logarithmic."""
        if window != self._x_window:
            self._x_window = window
            self._show_reset()
            self.mark_dirty()

    @property
    def view_range(self) -> tuple[Window, Window]:
        (x0, x1), (y0, y1) = self._box.viewRange()
        return (x0, x1), (y0, y1)

    def reset(self) -> None:
        """Show everything again."""
        self._x_window = self._y_window = None
        self._show_reset()
        self.x_moved.emit(None)
        self.mark_dirty()

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
        rows = [self._row(reading) for reading in readings]
        self._crosshair.show_at(place, rows)
        on_canvas = self._canvas.mapFromScene(self._box.mapToScene(place))
        on_screen = self._canvas.viewport().mapToGlobal(on_canvas)
        self._readout.show_at(on_screen, place, self._x_text(nearest.x), rows)

    def _row(self, reading: Reading) -> Row:
        shown = reading.value if reading.smoothed is None else reading.smoothed
        placed = self._data.view_point(reading.x, shown)
        point = None if placed is None else self._box.mapFromView(QPointF(*placed))
        text = self._value_text(reading.value)
        if reading.smoothed is not None:
            text = f"{self._value_text(reading.smoothed)}  ({text})"
        return Row(reading.curve.color(), reading.curve.label, text, point)

    def _value_text(self, value: float) -> str:
        return number(value) if self._numbers is Scale.NUMBER else value_text(self._numbers, value)

    def _x_text(self, x: float) -> str:
        words = {
            XAxis.STEP: f"step {x:,.0f}",
            XAxis.EPOCH: f"epoch {x:,.3f}".rstrip("0").rstrip("."),
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

    # -- menu and files -----------------------------------------------------------------------------
    def _show_menu_below(self) -> None:
        self._show_menu(self._menu_button.mapToGlobal(self._menu_button.rect().bottomLeft()))

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icon("magnify-minus-outline"), "Show all", self.reset)
        menu.addSeparator()
        menu.addAction(icon("content-copy"), "Copy as picture", self.copy_picture)
        menu.addAction(
            icon("image-outline"), "Save as PNG …", lambda: self._ask("png", self.save_png)
        )
        menu.addAction(
            icon("vector-curve"), "Save as SVG …", lambda: self._ask("svg", self.save_svg)
        )
        menu.addAction(
            icon("table"), "Save every point as CSV …", lambda: self._ask("csv", self.save_csv)
        )
        menu.popup(place)

    def _ask(self, kind: str, save: Callable[[Path], None]) -> None:
        dialog = QFileDialog(self, f"Save {self.title} as {kind.upper()}")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(kind)
        dialog.setNameFilter(f"{kind.upper()} (*.{kind})")
        dialog.selectFile(f"{_file_name(self.title)}.{kind}")
        dialog.fileSelected.connect(lambda path: save(Path(path)))
        dialog.open()

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
        if len(self._curves) > 1:
            painter.save()
            painter.translate(self._legend.pos())
            self._legend.draw(painter)
            painter.restore()
        canvas = self._canvas
        self._item.for_picture = True
        canvas.scene().render(painter, QRectF(canvas.geometry()), canvas.viewRect())
        self._item.for_picture = False

    def copy_picture(self) -> None:
        QGuiApplication.clipboard().setImage(export.picture(self.size(), self.draw_picture))
        self.told.emit(f"Copied the picture of {self.title}")

    def save_png(self, path: Path) -> None:
        self._save(lambda: export.write_png(path, self.size(), self.draw_picture), path)

    def save_svg(self, path: Path) -> None:
        self._save(lambda: export.write_svg(path, self.size(), self.draw_picture, self.title), path)

    def save_csv(self, path: Path) -> None:
        """Every point of every curve, wherever the view is; written in the background."""
        points = export.tables(self._curves)
        self._background(
            lambda: _outcome(lambda: export.write_csv(path, points)),
            lambda result: self.told.emit(
                f"Saved {result:,} points to {path}" if isinstance(result, int) else str(result)
            ),
        )

    def _save(self, write: Callable[[], None], path: Path) -> None:
        problem = _outcome(write)
        self.told.emit(f"{problem}" if problem else f"Saved {path}")


def _outcome(work: Callable[[], T]) -> T | str:
    """What the work returns, or in words why it failed."""
    try:
        return work()
    except OSError as error:
        return f"It could not be saved: {error}"


def _file_name(title: str) -> str:
    """A name for a file that stays in its folder, whatever the trainer calls its metric."""
    return re.sub(r"\W+", "-", title.lower()).strip("-")[:80] or "plot"
