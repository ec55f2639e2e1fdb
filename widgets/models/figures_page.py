"""Charts of the exports in sight: how good each is against its latency and its size, and its speed over batch sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from runners.export.formats import TRAINED
from runners.export.manifest import Speed
from runners.protocol import Framework
from storage.records import RunRecord
from widgets import theme
from widgets.flow import Flow
from widgets.flow_grid import FlowGrid
from widgets.icons import run_swatch
from widgets.models import words
from widgets.models.batch_chart import BatchChart, Line
from widgets.models.chart import Axis, Chart
from widgets.models.reading import Item
from widgets.models.scatter import Point, ScatterChart
from widgets.new_run.editors import ChoiceBox
from widgets.parts import EmptyState, column, label, row, scrolled
from widgets.text import number, size
from workbench import metrics
from workbench.ticks import Scale

_CARD, _CHART, _MS = 330, 240, 1e3
_SHAPES = "A circle is PyTorch, a square TensorFlow, an empty one the framework itself, a cross failed its check."  # fmt: skip
_NOTHING = "Export a run with checking and measuring, or measure those that are here."


class FiguresPage(QWidget):
    chosen = Signal(int, bool)
    """The id of an export that was clicked, and whether it joins those that are selected."""

    def __init__(self) -> None:
        super().__init__()
        self._items: Sequence[Item] = ()
        self._selected: list[int] = []
        self.figure, self.threads = ChoiceBox({}), ChoiceBox({})
        self.figure.setAccessibleName("Figure of the task")
        self.threads.setAccessibleName("Threads")
        self.key = Flow(14)
        self.by_latency = ScatterChart("How good exports are, against their latency")
        self.by_size = ScatterChart("How good exports are, against their size")
        self.throughput = BatchChart("Samples a second by batch size")
        self.delay = BatchChart("Latency by batch size")
        self._charts: dict[str, Chart] = {
            "Against latency, batch 1": self.by_latency,
            "Against the size on disk": self.by_size,
            "Throughput": self.throughput,
            "Latency": self.delay,
        }
        self._cards = [_titled(title, chart) for title, chart in self._charts.items()]
        self.grid = FlowGrid(_CARD, maximum_columns=2)
        self.grid.set_items(self._cards)
        self.nothing = EmptyState("chart-scatter-plot", "Nothing to draw yet", _NOTHING)
        self.setLayout(self._layout())
        theme.theme().changed.connect(self._show_key)
        self.figure.currentIndexChanged.connect(self._draw)
        self.threads.currentIndexChanged.connect(self._draw)
        for chart in (self.by_latency, self.by_size):
            chart.chosen.connect(self.chosen)

    def _layout(self) -> QVBoxLayout:
        tools = row(label("Figure", "dim"), self.figure, label("Threads", "dim"), self.threads)
        tools.setContentsMargins(12, 5, 12, 3)
        tools.addStretch(1)
        page = QWidget()
        page.setProperty("page", True)
        inside = column(self.key, self.grid, label(_SHAPES, "dim", wrap=True), self.nothing, space=8)  # fmt: skip
        inside.setContentsMargins(12, 4, 12, 10)
        inside.addStretch(1)
        page.setLayout(inside)
        layout = column(space=0)
        layout.addLayout(tools)
        layout.addWidget(scrolled(page, "Figures of exports"), 1)
        return layout

    # -- showing ------------------------------------------------------------------------------------
    def show_items(self, items: Sequence[Item], selected: Sequence[int]) -> None:
        """Draw these; those that are selected stand out. Lines are those of several that are selected, else of the run of the one."""
        if list(items) != list(self._items):
            self._items = items
            self._offer()
            self._show_key()
        self._selected = list(selected)
        self._draw()

    def _offer(self) -> None:
        found = Counter(words.metric_of(one.manifest) for one in self._items)
        del found[""]
        blocked = self.figure.blockSignals(True), self.threads.blockSignals(True)
        chosen = self.figure.value
        names = [name for name, _ in found.most_common()]
        names += [name for name in _all_metrics(self._items) if name not in names]
        self.figure.set_options({name: metrics.title(name) for name in names})
        if chosen not in names and names:
            self.figure.setCurrentIndex(0)
        counts = sorted({speed.threads for one in self._items for speed in _speeds(one)})
        self.threads.set_options({str(one): "all" if one == 0 else str(one) for one in counts})
        self.figure.blockSignals(blocked[0])
        self.threads.blockSignals(blocked[1])
        self.figure.setEnabled(len(names) > 1)
        self.threads.setEnabled(len(counts) > 1)

    def _show_key(self) -> None:
        runs: dict[int, RunRecord] = {one.run.id: one.run for one in self._items}
        self.key.set_items([_named(run) for run in runs.values()])
        self.key.setVisible(len(runs) > 1)

    def _draw(self) -> None:
        metric = self.figure.value
        title = f"{metrics.title(metric)} ({words.is_better(metric)})" if metric else ""
        self._scatter(self.by_latency, metric, title, [(one, _latency_ms(one, self._threads)) for one in self._items], "Median latency of one sample, ms", Scale.NUMBER)  # fmt: skip
        self._scatter(self.by_size, metric, title, [(one, float(one.record.size_bytes)) for one in self._items], "Size of its files", Scale.BYTES)  # fmt: skip
        lined = self._lined()
        self.throughput.show_lines(lines(lined, self._threads, rate=True), "Samples a second")
        self.delay.show_lines(lines(lined, self._threads, rate=False), "Median latency of a batch, ms")  # fmt: skip
        for card, chart in zip(self._cards, self._charts.values(), strict=True):
            card.setVisible(not chart.is_empty)
        self.nothing.setVisible(all(chart.is_empty for chart in self._charts.values()))

    def _lined(self) -> Sequence[Item]:
        chosen = [one for one in self._items if one.record.id in self._selected]
        runs = {one.run.id for one in chosen}
        return chosen if len(chosen) > 1 else [one for one in self._items if not runs or one.run.id in runs]  # fmt: skip

    @property
    def _threads(self) -> int:
        return int(self.threads.value or 0)

    def _scatter(
        self,
        chart: ScatterChart,
        metric: str,
        title: str,
        costs: Sequence[tuple[Item, float | None]],
        cost: str,
        scale: Scale,
    ) -> None:
        points = [_point(one, metric, reached, x) for one, x in costs if x and (reached := words.reached(one.manifest, metric)) is not None]  # fmt: skip
        x = Axis.around(cost, (one.x for one in points), scale, logarithmic=True, room=0.1)
        y = Axis.around(title, (one.y for one in points), room=0.14)
        chart.show_points(points, x, y)
        chart.show_marked(self._selected)


def _point(item: Item, metric: str, reached: float, x: float) -> Point:
    record = item.record
    title = words.format_title(record.format, item.framework)
    said = [
        f"{record.name} of {item.run.name}",
        title,
        f"{metrics.title(metric)} {number(reached)}",
        f"latency {words.seconds(record.latency_s)}",
        f"size {size(record.size_bytes)}" if record.size_bytes else "no file of its own",
        *(["failed its check"] if record.passed is False else []),
    ]
    return Point(
        record.id, x, reached, words.short_title(record.format, item.framework), item.run.color, "\n".join(said),
        square=item.framework is Framework.TENSORFLOW, trained=record.format == TRAINED, failed=record.passed is False,
    )  # fmt: skip


def lines(items: Sequence[Item], threads: int, *, rate: bool) -> list[Line]:
    """Of those that were measured with so many threads; lines of one run differ in their dashes."""
    found: list[Line] = []
    several = len({one.run.id for one in items}) > 1
    used: Counter[int] = Counter()
    for item in items:
        speeds = sorted((one.batch_size, one.samples_per_s if rate else one.p50_s * _MS) for one in _speeds(item) if one.threads == threads)  # fmt: skip
        if not speeds:
            continue
        name = words.short_title(item.record.format, item.framework)
        told = ", ".join(f"{at:,}: {words.rate(value) if rate else words.seconds(value / _MS)}" for at, value in speeds)  # fmt: skip
        whole = f"{name}, {item.run.name}" if several else name
        found.append(Line(name, item.run.color, used[item.run.color], tuple(speeds), f"{whole}: {told}"))  # fmt: skip
        used[item.run.color] += 1
    return found


def _speeds(item: Item) -> Sequence[Speed]:
    measured = item.manifest.measurement if item.manifest is not None else None
    return measured.speeds if measured is not None else ()


def _latency_ms(item: Item, threads: int) -> float | None:
    measured = item.manifest.measurement if item.manifest is not None else None
    speed = words.speed_at(measured, 1, threads)
    if speed is not None:
        return speed.p50_s * _MS
    return None if measured is not None or item.record.latency_s is None else item.record.latency_s * _MS  # fmt: skip


def _all_metrics(items: Sequence[Item]) -> list[str]:
    checks = (one.manifest.check for one in items if one.manifest is not None)
    return list(dict.fromkeys(name for check in checks if check for name in check.metrics))


def _named(run: RunRecord) -> QWidget:
    swatch = label()
    swatch.setPixmap(run_swatch(run.color))
    item = QWidget()
    item.setLayout(row(swatch, label(run.name), space=5))
    return item


def _titled(title: str, chart: QWidget) -> QFrame:
    frame = QFrame()
    frame.setProperty("role", "panel")
    chart.setFixedHeight(_CHART)
    layout = column(label(title, "heading", scale=0.95), chart, space=2)
    layout.setContentsMargins(theme.SPACE, 5, theme.SPACE, 4)
    frame.setLayout(layout)
    return frame
