from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from storage.records import RunRecord
from storage.store import Store
from tests.examples import SPEC
from tests.workbench.conftest import Call, finished_run


@pytest.fixture
def runs(store: Store) -> list[RunRecord]:
    """Three that are finished, the second of them the best, and one that waits."""
    ended = [
        finished_run(store, name, [loss]) for name, loss in (("a", 0.5), ("b", 0.25), ("c", 1.0))
    ]
    return [*ended, store.create_run(SPEC, name="waiting", experiment="later, maybe")]


def listed(call: Call, *words: str) -> list[object]:
    return [run["name"] for run in call("runs", *words, "--json").json]


def test_runs_are_found_by_a_filter(call: Call, runs: list[RunRecord]) -> None:
    assert listed(call, "--filter", "best(loss) <= 0.5") == ["b", "a"]
    assert listed(call, "--filter", "best(loss) < 0.5 or state = queued") == ["waiting", "b"]
    assert listed(call, "--filter", "a", "--experiment", "trial", "--state", "finished")[-1] == "a"
    assert listed(call, "--experiment", "later, maybe") == ["waiting"]
    assert listed(call, "--filter", " ", "--state", "queued") == ["waiting"]


@pytest.mark.parametrize(
    ("words", "wrong", "place"),
    [
        (("--filter", "state = queued and lost < 1"), "lost < 1", "lost"),
        (("--filter", "best(loss > 1"), "best(loss > 1", " "),
        (("--filter", "state = happy", "--state", "queued"), "state = happy", "happy"),
        (("--columns", "name, lost"), "name, lost", "lost"),
        (("--sort", "best(loss):desc,nmae"), "best(loss):desc,nmae", "nmae"),
        (("--group", "mean(loss)"), "mean(loss)", "mean"),
        (("--columns", "name,("), "name,(", "("),
    ],
)
def test_what_cannot_be_understood_is_pointed_at(
    words: tuple[str, ...], wrong: str, place: str, call: Call, runs: list[RunRecord]
) -> None:
    answer = call("runs", *words)
    assert (answer.code, answer.out) == (2, "")
    *_, line, mark = answer.err.rstrip("\n").split("\n")
    assert line.strip().endswith(wrong)
    assert (line + " ")[mark.index("^") : mark.rindex("^") + 1] == place


def test_columns_are_shown_in_the_order_asked_for_and_sorted(
    call: Call, runs: list[RunRecord]
) -> None:
    words = ("--columns", "name,best(loss),starred", "--sort", "best(loss):desc,name")
    head, _, *rows = call("runs", *words).out.splitlines()
    assert head.split() == ["id", "name", "best(loss)", "starred"]
    assert [row.split()[1:3] for row in rows[:3]] == [["c", "1"], ["a", "0.5"], ["b", "0.25"]]
    assert rows[3].split() == [str(runs[3].id), "waiting", "no"]
    assert call("runs", *words, "--limit", "1", "--json").json == [
        {"id": runs[2].id, "name": "c", "best(loss)": 1.0, "starred": False}
    ]


def test_groups_are_told_with_their_counts(call: Call, runs: list[RunRecord]) -> None:
    found = call("runs", "--group", "experiment", "--columns", "name", "--json").json
    assert [(one["group"], one["count"]) for one in found] == [
        ({"experiment": "later, maybe"}, 1),
        ({"experiment": "trial"}, 3),
    ]
    assert [run["name"] for run in found[1]["runs"]] == ["c", "b", "a"]
    text = call("runs", "--group", "experiment", "--columns", "name", "--limit", "2").out
    assert "experiment trial: 3 runs" in text
    assert (
        len([line for line in text.splitlines() if line.split()[1:] in (["c"], ["b"], ["a"])]) == 1
    )


def test_csv_has_whole_columns_in_full_precision(
    call: Call, runs: list[RunRecord], tmp_path: Path
) -> None:
    words = ("--columns", "name,best(loss),archived,created,started", "--sort", "name")
    printed = call("runs", *words, "--csv", "-").out
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert [row["best(loss)"] for row in rows] == ["0.5", "0.25", "1.0", ""]
    assert {row["archived"] for row in rows} == {"false"}
    assert rows[0]["created"].endswith("+00:00")
    assert rows[3]["started"] == ""
    file = tmp_path / "runs.csv"
    assert "4 runs" in call("runs", *words, "--csv", str(file)).out
    assert file.read_text("utf-8") == printed


def test_archived_and_trashed_runs_are_listed_apart(
    call: Call, runs: list[RunRecord], store: Store
) -> None:
    store.archive([runs[0].id])
    store.trash([runs[1].id])
    assert listed(call) == ["waiting", "c"]
    assert listed(call, "--archived") == ["a"]
    assert listed(call, "--trashed") == listed(call, "--trash") == ["b"]
    assert call("runs", "--archived", "--trashed").code == 2


def test_verbs_act_on_what_a_filter_lets_through(
    call: Call, runs: list[RunRecord], store: Store
) -> None:
    assert call("star", "--filter", "best(loss) < 0.9").code == 0
    assert [run.starred for run in store.runs_by_id([run.id for run in runs])] == [
        True,
        True,
        False,
        False,
    ]
    assert call("hold", "--filter", "state = queued").code == 0
    assert store.run(runs[3].id).options.held
    call("delete", "a", "--filter", "name = b")
    assert listed(call) == ["waiting", "c"]
    call("restore", "--filter", "best(loss) exists")
    assert listed(call) == ["waiting", "c", "b", "a"]


def test_verbs_ask_for_runs_and_tell_when_none_passes(call: Call, runs: list[RunRecord]) -> None:
    assert "--filter" in call("delete").err
    answer = call("delete", "--filter", "best(loss) > 7")
    assert (answer.code, "no run passes" in answer.err) == (2, True)
