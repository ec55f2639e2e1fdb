from __future__ import annotations

import csv
import io
import math
import threading
from dataclasses import replace

import pytest

from runners.protocol import Artifact, ArtifactKind, State
from storage.home import Home
from storage.store import Arrival, Store
from tests.examples import SPEC
from tests.waiting import wait_until
from tests.workbench.conftest import Call, finished_run

SHOWN = {
    "id", "name", "experiment", "tags", "note", "starred", "archived", "state", "reason", "spec", "seed", "created", "started", "ended",
    "duration_s", "pid", "exit_code", "device", "progress", "summary", "environment", "artifacts",
    "folder", "trashed", "request", "queue", "attempt", "parent", "deadline", "stalled", "heartbeat",
    "damaged_bytes", "journal",
}  # fmt: skip


def test_show_as_json_gives_all_that_is_known_of_a_run(call: Call, store: Store) -> None:
    run = finished_run(store, "first", [0.5, 0.25, 0.3])
    store.take(
        [
            Arrival(
                run.id,
                artifacts=(Artifact("confusion", ArtifactKind.CONFUSION_MATRIX, "a/c.json"),),
            )
        ]
    )
    shown = call("show", "first", "--json").json
    assert set(shown) == SHOWN
    assert (shown["id"], shown["name"], shown["experiment"]) == (run.id, "first", "trial")
    assert (shown["state"], shown["reason"]) == ("finished", "trained 3 steps")
    assert (shown["seed"], shown["pid"], shown["exit_code"]) == (7, 1, 0)
    assert shown["spec"]["framework"] == "pytorch"
    assert shown["spec"]["parameters"]["hidden_widths"] == [64, 32]
    assert shown["summary"]["loss"] == {
        "last": 0.3, "best": 0.25, "min": 0.25, "max": 0.5, "count": 3,
    }  # fmt: skip
    assert shown["duration_s"] == 2.5
    assert shown["ended"].endswith("+00:00")
    assert shown["artifacts"] == [
        {"name": "confusion", "kind": "confusion-matrix", "path": "a/c.json", "step": None}
    ]
    assert shown["folder"] == run.folder


def test_what_json_cannot_hold_is_a_text(call: Call, store: Store) -> None:
    run = finished_run(store, "diverged", [1.0, math.inf, math.nan])
    assert call("show", str(run.id), "--json").json["summary"]["loss"]["last"] == "NaN"
    values = call("curve", str(run.id), "loss", "--json").json["values"]
    assert values == [1.0, "Infinity", "NaN"]


def test_a_run_that_waits_has_no_times_and_no_process(call: Call, store: Store) -> None:
    store.create_run(SPEC, name="waiting")
    shown = call("show", "waiting", "--json").json
    for name in ("started", "ended", "duration_s", "pid", "exit_code"):
        assert shown[name] is None
    assert shown["summary"] == {}


def test_show_for_a_person_tells_state_parameters_and_metrics(call: Call, store: Store) -> None:
    finished_run(store, "first", [0.5, 0.25])
    text = call("show", "#1").out
    for part in ("finished: trained 3 steps", "hidden_widths", "64, 32", "test/accuracy", "0.25"):
        assert part in text


def test_runs_are_listed_newest_first_and_chosen_by_experiment_state_and_number(
    call: Call, store: Store
) -> None:
    first = finished_run(store, "first", [0.5])
    second = store.create_run(SPEC, name="second")
    third = finished_run(store, "third", [0.25])

    def ids(*words: str) -> list[int]:
        return [run["id"] for run in call("runs", *words, "--json").json]

    assert ids() == [third.id, second.id, first.id]
    assert ids("--experiment", "trial") == [third.id, first.id]
    assert ids("--state", "queued") == [second.id]
    assert ids("--limit", "1") == [third.id]
    assert ids("--trash") == []
    assert "third" in call("runs").out


def test_a_curve_as_csv_has_every_point_in_full_precision(call: Call, store: Store) -> None:
    values = [math.pi / (step + 1) for step in range(5000)]
    values[10], values[11], values[12] = math.nan, math.inf, -math.inf
    run = finished_run(store, "long", values)
    rows = list(csv.DictReader(io.StringIO(call("curve", "long", "loss", "--csv").out)))
    kept = store.series(run.id, "loss")
    assert [int(row["step"]) for row in rows] == kept.steps.tolist()
    assert [float(row["time"]) for row in rows] == kept.times.tolist()
    assert [repr(float(row["value"])) for row in rows] == [repr(value) for value in values]


def test_a_curve_for_a_person_has_a_line_a_point(call: Call, store: Store) -> None:
    finished_run(store, "short", [0.5, 0.25])
    assert len(call("curve", "short", "loss").out.splitlines()) == 3


def test_an_unknown_metric_is_answered_with_those_that_there_are(call: Call, store: Store) -> None:
    finished_run(store, "short", [0.5])
    answer = call("curve", "short", "los")
    assert answer.code == 2
    assert "loss, test/accuracy" in answer.err


def test_the_log_is_printed_as_it_was_whatever_its_bytes(
    call: Call, store: Store, home: Home
) -> None:
    run = finished_run(store, "talkative", [0.5])
    home.run_folder(run.id).log.write_bytes("épo\nch".encode() + b"\xff\n")
    assert call("log", "talkative").out == "épo\nch\ufffd\n"
    assert call("log", "talkative", "--json").json == {"run": run.id, "log": "épo\nch\ufffd\n"}


def test_a_run_that_printed_nothing_has_an_empty_log(call: Call, store: Store) -> None:
    finished_run(store, "silent", [0.5])
    assert call("log", "silent").out == ""


def test_following_a_log_ends_with_the_run_and_misses_nothing(
    call: Call, store: Store, home: Home
) -> None:
    run = store.create_run(SPEC, name="live")
    store.set_state(run.id, State.RUNNING)
    log = home.run_folder(run.id).log
    log.write_text("one\n")
    answers = []
    follower = threading.Thread(target=lambda: answers.append(call("log", "live", "--follow")))
    follower.start()
    with open(log, "a", encoding="utf-8") as file:
        file.write("two\n")
    store.set_state(run.id, State.FINISHED, "done")
    wait_until(lambda: not follower.is_alive())
    assert answers[0].out == "one\ntwo\n"


def test_compare_shows_what_differs_and_marks_the_best(call: Call, store: Store) -> None:
    first = finished_run(store, "first", [0.5, 0.25])
    other = replace(SPEC, seed=8, parameters={**SPEC.parameters, "learning_rate": 0.01})
    second = finished_run(store, "second", [0.5, 0.125], other)
    compared = call("compare", "first", "second", "--json").json
    assert [run["id"] for run in compared["runs"]] == [first.id, second.id]
    assert compared["parameters"] == {"seed": [7, 8], "learning_rate": [0.1, 0.01]}
    assert compared["metrics"]["loss"] == {"values": [0.25, 0.125], "best": [second.id]}
    assert compared["metrics"]["test/accuracy"]["best"] == [second.id]
    text = call("compare", "first", "second").out
    assert "0.125 *" in text
    assert "epochs" not in text


def test_of_runs_that_are_equally_good_none_is_marked(call: Call, store: Store) -> None:
    finished_run(store, "first", [0.25])
    finished_run(store, "second", [0.25 + 1e-12])
    assert call("compare", "first", "second", "--json").json["metrics"]["loss"]["best"] == []


@pytest.mark.parametrize("verb", ["show", "log", "curve"])
def test_a_run_in_the_trash_can_still_be_looked_at(call: Call, store: Store, verb: str) -> None:
    run = finished_run(store, "gone", [0.5])
    store.trash([run.id])
    words = [verb, "gone", "loss"] if verb == "curve" else [verb, "gone"]
    assert call(*words).code == 0
