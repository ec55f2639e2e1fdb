from __future__ import annotations

import json

import pytest

from runners.protocol import State
from runners.scheduler.launch import scheduler_alive
from storage.home import Home
from storage.store import Store
from tests.examples import SPEC
from tests.workbench.conftest import Call, finished_run
from workbench.commands.parser import build_parser


def test_a_backup_is_a_whole_history_and_overwrites_nothing(
    call: Call, store: Store, home: Home
) -> None:
    run = finished_run(store, "first", [0.5, 0.25])
    target = home.path.parent / "copied" / "history.db"
    target.parent.mkdir()
    answer = call("backup", "--to", str(target), "--json")
    assert answer.code == 0
    assert answer.json == {"backup": str(target), "bytes": target.stat().st_size}
    with_copy = Store.open(Home(target.parent))
    assert with_copy.series(run.id, "loss").values.tolist() == [0.5, 0.25]
    with_copy.close()
    again = call("backup", "--to", str(target))
    assert again.code == 1
    assert "not overwritten" in again.err
    assert str(home.backups) in call("backup").out


def test_a_sound_history_is_found_well_and_one_that_is_gone_is_an_error(
    call: Call, store: Store, home: Home
) -> None:
    store.create_run(SPEC)
    answer = call("check", "--json")
    assert [one for one in answer.json["findings"] if one["level"] == "error"] == []
    assert (answer.code, answer.json["sound"]) == (0, True)
    store.close()
    home.database.unlink()
    answer = call("check")
    assert answer.code == 1
    assert answer.out.startswith("error: ")
    assert "twinbench rebuild" in answer.out


def test_a_lost_history_is_made_again_from_the_folders_of_the_runs(
    call: Call, store: Store, home: Home
) -> None:
    run = store.create_run(SPEC, name="kept", tags=["a"])
    store.set_state(run.id, State.RUNNING)
    store.set_state(run.id, State.STOPPED, "as asked")
    store.close()
    home.database.unlink()
    answer = call("rebuild", "--json")
    assert answer.code == 0
    assert answer.json["runs"] == 1
    shown = call("show", str(run.id), "--json").json
    assert (shown["name"], shown["tags"], shown["state"]) == ("kept", ["a"], "stopped")


def test_the_scheduler_leaves_for_a_rebuilding(call: Call, store: Store, scheduled: Home) -> None:
    finished_run(store, "first", [0.5])
    assert call("scheduler", "start").code == 0
    assert scheduler_alive(store)
    answer = call("rebuild")
    assert answer.code == 0
    assert "1 runs" in answer.out


@pytest.mark.parametrize("verb", ["check", "rebuild", "backup"])
def test_a_home_that_is_not_there_is_told_and_not_made(call: Call, home: Home, verb: str) -> None:
    answer = call(verb, "--json")
    assert answer.code == 1
    assert answer.json["error"]
    assert not home.path.exists()
    assert build_parser().parse_args([verb]).handler == f"care:{verb}"
    assert json.loads(answer.out)
