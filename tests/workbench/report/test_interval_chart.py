"""Any figures make a picture that can be read."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.report.interval_chart import IntervalChart, IntervalRow, interval_svg
from workbench.ticks import Scale

numbers = st.floats(1e-9, 1e12) | st.just(float("nan"))


def row(label: str, *values: float) -> IntervalRow:
    mean = sum(values) / len(values)
    return IntervalRow(label, 0, values, mean, min(values), max(values), f"{mean:g}")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=0, max_size=4), st.booleans())
def test_any_values_make_a_picture_that_can_be_read(
    found: list[tuple[float, float, float]], log: bool
) -> None:
    rows = tuple(IntervalRow("a", at, (x,), x, low, high, "") for at, (x, low, high) in enumerate(found))  # fmt: skip
    picture = interval_svg(IntervalChart("t", "n", Scale.NUMBER, log, rows), alone=True)
    ElementTree.fromstring(picture)
    assert "nan" not in picture


def test_each_run_is_a_dot_and_larger_values_stand_further_right() -> None:
    chart = IntervalChart("t", "n", Scale.NUMBER, False, (row("a", 1.0, 2.0), row("b", 5.0, 9.0)))
    root = ElementTree.fromstring(interval_svg(chart, alone=False))
    dots = [float(each.get("cx", "")) for each in root.iter("{http://www.w3.org/2000/svg}circle")]
    assert len(dots) == 4
    assert dots == sorted(dots)


def test_a_long_name_is_cut_and_kept_as_a_title() -> None:
    name = "torch.compile, learning_rate=0.001, batch_size=64"
    picture = interval_svg(IntervalChart("t", "n", Scale.NUMBER, False, (row(name, 1.0),)), alone=False)  # fmt: skip
    assert f"<title>{name}</title>" in picture
    assert "torch.compile, learni…" in picture


def test_labels_of_an_axis_do_not_touch() -> None:
    chart = IntervalChart("t", "n", Scale.BYTES, True, (row("a", 4.25e8, 9.5e8),))
    root = ElementTree.fromstring(interval_svg(chart, alone=False))
    labels = [each for each in root.iter("{http://www.w3.org/2000/svg}text") if "MB" in str(each.text)]  # fmt: skip
    places = [float(each.get("x", "")) for each in labels]
    assert len(labels) >= 3
    assert all(after - before > 7 * len("800 MB") for before, after in pairwise(places))
