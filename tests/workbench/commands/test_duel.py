from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from runners.protocol import State
from storage.home import Home
from storage.store import Store
from tests.workbench.conftest import Call
from tests.workbench.duel.made import results
from workbench.commands.duel import match_of
from workbench.commands.duel_options import CONTESTANTS, PROFILES
from workbench.commands.parser import parse
from workbench.duel.files import to_json
from workbench.duel.match import Scaling
from workbench.duel.weights import DEFAULT
from workbench.duel.weights import PROFILES as WEIGHTS
from workbench.requests import InvalidRequest

DUEL = ("duel", "--template", "mlp", "--dataset", "digits")
SMALL = ("--set", "epochs=1", "--set", "hidden_widths=8")


def test_the_parser_knows_the_profiles_without_importing_them() -> None:
    assert (tuple(WEIGHTS), DEFAULT) == (PROFILES, PROFILES[0])


def test_a_duel_is_held_and_judged_and_written_and_held_again_from_its_file(
    call: Call, scheduled: Home, tmp_path: Path
) -> None:
    words = (*DUEL, *SMALL, "--contestants", "pytorch:eager", "--vary", "learning_rate=0.001,0.1")
    files = {kind: tmp_path / f"duel.{kind}" for kind in ("html", "markdown", "csv", "json")}
    pages = [word for kind, path in files.items() for word in (f"--{kind}", str(path))]
    answer = call(*words, "--seeds", "1", "--target", "val/accuracy=0.2", "--name", "rates", *pages)
    assert answer.code == 0, answer.err
    assert "Learning" in answer.out
    assert "4/4" in answer.err or "3/4" in answer.err
    raw = json.loads(files["json"].read_text())["results"]
    assert {one["state"] for one in raw["measured"]} == {"finished"}
    rates = {one["parameters"]["learning_rate"] for one in raw["match"]["contestants"]}
    assert rates == {0.001, 0.1}
    assert raw["match"]["target"] == {"metric": "val/accuracy", "value": 0.2}
    rows = list(csv.DictReader(files["csv"].read_text().splitlines()))
    assert {row["contestant"] for row in rows} == {"PyTorch, learning_rate=0.001", "PyTorch, learning_rate=0.1"}  # fmt: skip
    assert "rates" in files["html"].read_text()
    assert files["markdown"].read_text().startswith("# rates")
    again = call("duel", "--again", str(files["json"]), "--no-wait", "--json")
    assert again.code == 0, again.err
    assert again.json["name"] == "rates 2"
    assert call("duels", "stop", "rates 2").code == 0
    assert [one["name"] for one in call("duels", "--json").json] == ["rates 2", "rates"]


@pytest.mark.usefixtures("store")
def test_what_can_be_done_with_a_duel_is_done_by_its_name(call: Call, store: Store) -> None:
    assert "no duel yet" in call("duels").out
    words = (*DUEL, *SMALL, "--contestants", "pytorch:eager,pytorch:graph", "--name", "mine")
    answer = call(*words, "--no-wait")
    assert answer.code == 0, answer.err
    duel = answer.out.strip()
    (listed,) = call("duels", "--json").json
    assert (listed["id"], listed["name"], listed["state"]) == (duel, "mine", "queued")
    assert (listed["done"], listed["total"]) == (0, 8)
    shown = call("duels", "show", duel[:8])
    assert "mine: torch.compile, seed 2" in shown.out
    assert call("duels", "extend", "mine", "2").code == 0
    assert len(call("duels", "show", "mine", "--json").json["runs"]) == 12
    refused = call("duels", "export", "mine")
    assert (refused.code, "nothing to export" in refused.err) == (1, True)
    assert call("duels", "rename", "mine", "ours").code == 0
    for run in store.duels.runs(duel):
        store.set_state(run.id, State.STOPPED)
    assert call("duels", "resume", "ours").code == 0
    assert len(store.queue()) == 12
    assert call("duels", "delete", "ours").code == 0
    assert "ours" in call("duels", "--trashed").out
    assert call("duels", "restore", "ours").code == 0
    assert "ours" in call("duels").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("duel",), "needs --template and --dataset"),
        ((*DUEL, "--contestants", "pytorch:eager"), "two contestants or more"),
        ((*DUEL, "--contestants", "pytorch:fast"), "no framework with a mode"),
        ((*DUEL, "--contestants", "jax"), "no framework with a mode"),
        ((*DUEL, "--contestants", "pytorch:xla,pytorch:eager"), "PyTorch has no mode 'xla'"),
        ((*DUEL, "--seeds", "none"), "seeds"),
        ((*DUEL, "--seeds", "0"), "seeds"),
        ((*DUEL, "--target", "val/accuracy"), "METRIC=NUMBER"),
        ((*DUEL, "--target", "val/speed=1"), "validation tells no"),
        ((*DUEL, "--vary", "learning_rate"), "NAME=VALUE"),
        ((*DUEL, "--set", "speed=3"), "no parameter 'speed'"),
        ((*DUEL, "--html", "/no/such/folder/page.html"), "there is no folder"),
        (("duels", "stop", "nothing"), "There is no duel"),
        (("duels", "report", "nothing"), "There is no duel"),
        (("duels", "export", "nothing"), "There is no duel"),
        (("duels", "export", "nothing", "--to", "clay"), "there is no format 'clay'"),
        (("duels", "beside", "nothing", "else"), "no file of that name either"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    call: Call, words: tuple[str, ...], told: str
) -> None:
    answer = call(*words)
    assert answer.code == 2
    assert told in answer.err
    assert "Traceback" not in answer.err


def test_a_file_that_is_no_duel_is_refused_in_words(call: Call, tmp_path: Path) -> None:
    for content in ("nonsense", "{}", '{"version": 9}'):
        (tmp_path / "file.json").write_text(content)
        answer = call("duel", "--again", str(tmp_path / "file.json"))
        assert answer.code == 1
        assert "file.json" in answer.err
    answer = call("duel", "--again", str(tmp_path / "file.json"), "--seeds", "3")
    assert (answer.code, "can be changed" in answer.err) == (2, True)


def test_two_files_are_laid_side_by_side(call: Call, tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).write_text(to_json(replace(results(), name=name)))
    answer = call("duels", "beside", str(tmp_path / "one"), str(tmp_path / "other"))
    assert answer.code == 0, answer.err
    assert "one beside other" in answer.out


def test_json_is_a_flag_or_names_a_file() -> None:
    assert parse([*DUEL, "--json"]).json is True
    assert parse(["--json", *DUEL]).json is True
    assert parse([*DUEL, "--json", "x.json"]).json == Path("x.json")
    assert not parse([*DUEL]).json
    assert parse([*DUEL]).contestants == CONTESTANTS


def test_what_is_to_be_scaled_is_typed_as_lists_of_numbers() -> None:
    typed = ("--scale-batch", "16,64", "--scale-threads", "1,2")
    match = match_of(parse([*DUEL, *typed]))
    assert match.scaling == Scaling((16, 64), (1, 2))
    assert match_of(parse([*DUEL, "--largest-batch"])).scaling == Scaling(largest_batch=True)
    assert match_of(parse([*DUEL])).scaling is None
    with pytest.raises(InvalidRequest) as caught:
        match_of(parse([*DUEL, "--scale-batch", "some"]))
    assert list(caught.value.problems) == ["scale_batch"]
