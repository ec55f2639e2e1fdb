from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from storage.records import RunGroup, RunList
from widgets.runs.rows import Rows, difference

IDS = st.lists(st.integers(1, 30), unique=True, max_size=20)
GROUPED = RunList(
    (9, 8, 7, 6, 5, 4),
    (
        RunGroup(("cnn", 1), 0, 2),
        RunGroup(("cnn", 2), 2, 3),
        RunGroup(("mlp", None), 3, 6),
    ),
)


def grouped() -> Rows:
    rows = Rows()
    rows.take(GROUPED)
    return rows


def described(rows: Rows) -> list[object]:
    """Each row as a run's id or as the values and count of a heading."""
    found = [(key, rows.headings.get(key)) for key in rows.keys.tolist()]
    return [(shown.values, shown.count) if shown else key for key, shown in found]


def test_headings_stand_above_their_runs_an_outer_one_before_those_in_it() -> None:
    assert described(grouped()) == [
        (("cnn",), 3), (("cnn", 1), 2), 9, 8, (("cnn", 2), 1), 7,
        (("mlp",), 3), (("mlp", None), 3), 6, 5, 4,
    ]  # fmt: skip


def test_a_collapsed_heading_hides_all_that_is_in_it_and_shows_it_again() -> None:
    rows = grouped()
    before = rows.keys.tolist()
    rows.fold(lambda values: values == ("cnn",), collapsed=True)
    assert described(rows)[:2] == [(("cnn",), 3), (("mlp",), 3)]
    rows.fold(lambda values: len(values) == 1, collapsed=False)
    assert rows.keys.tolist() == before


def test_what_is_collapsed_stays_so_and_headings_keep_their_numbers_in_another_list() -> None:
    rows = grouped()
    rows.fold(lambda values: values == ("mlp",), collapsed=True)
    number = next(key for key, shown in rows.headings.items() if shown.values == ("mlp",))
    rows.take(RunList((4, 9), (RunGroup(("mlp", None), 0, 1), RunGroup(("rnn", 1), 1, 2))))
    assert described(rows) == [(("mlp",), 1), (("rnn",), 1), (("rnn", 1), 1), 9]
    assert rows.keys[0] == number


@given(IDS, IDS)
def test_removing_reordering_and_inserting_makes_the_one_list_of_the_other(
    old: list[int], new: list[int]
) -> None:
    change = difference(np.array(old, dtype=np.int64), np.array(new, dtype=np.int64))
    rows = list(old)
    for first, last in reversed(change.removed):
        del rows[first : last + 1]
    assert sorted(rows) == sorted(change.kept.tolist())
    assert change.moved == (rows != change.kept.tolist())
    rows = change.kept.tolist()
    for first, last in change.inserted:
        rows[first:first] = new[first : last + 1]
    assert rows == new


def test_runs_that_are_not_grouped_stand_in_the_order_of_the_list() -> None:
    rows = Rows()
    rows.take(RunList((3, 1, 2)))
    assert described(rows) == [3, 1, 2]
