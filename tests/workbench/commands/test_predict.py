from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from storage.home import Home
from storage.store import Store
from tests.trying import digits_run, export_of
from tests.workbench.conftest import Call


@pytest.fixture
def exports(store: Store, home: Home) -> None:
    """e1 takes images, e2 houses and e3 texts; their run has no checkpoint."""
    run = digits_run(store, home, "mine")
    for kind in ("images", "regression", "text"):
        export_of(store, home, run, f"linear {kind}", kind)


@pytest.mark.usefixtures("exports")
def test_an_image_is_predicted_by_id_and_by_name(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "seven.png"
    Image.new("L", (20, 20), 90).save(path)
    shown = call("predict", "e1", str(path))
    assert shown.code == 0
    assert shown.out.startswith("seven.png: ")
    told = call("predict", "linear images", str(path), "--json").json
    assert (told["format"], told["task"]) == ("onnx", "classification")
    (one,) = told["predictions"]
    assert one["sample"] == "seven.png"
    assert one["predicted"] == max(one["probabilities"], key=one["probabilities"].get)
    assert sum(one["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert one["seconds"] > 0


@pytest.mark.usefixtures("exports")
def test_each_row_of_a_table_is_predicted_in_its_own_units(call: Call, tmp_path: Path) -> None:
    table = tmp_path / "houses.csv"
    table.write_text("age,rooms\n30,4\n50,5\n", "utf-8")
    first, second = call("predict", "e2", str(table), "--json").json["predictions"]
    assert first["predicted"] == {"price": 1000}  # what is standardised to nothing
    assert second["predicted"]["price"] != 1000


@pytest.mark.usefixtures("exports")
def test_a_text_goes_on_from_the_command_line(call: Call) -> None:
    told = call("predict", "e3", "--text", "abc", "--write", "9", "--seed", "4", "--json").json
    (one,) = told["predictions"]
    assert one["text"].startswith("abc")
    assert len(one["next"]) == 6
    again = call("predict", "e3", "--text", "abc", "--write", "9", "--seed", "4")
    assert again.out.splitlines()[1:] == one["text"].splitlines()


@pytest.mark.usefixtures("exports")
def test_what_cannot_be_asked_is_told_in_words(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros(3))
    for words, code, said in (
        (("nobody", str(path)), 2, "no run and no export"),
        (("e9", str(path)), 2, "no export"),
        (("e1",), 2, "name the files"),
        (("mine", str(path)), 1, "train it again"),
        (("e1", str(path)), 1, "the shape 3, and the model takes 8 x 8 x 1"),
        (("e1", str(tmp_path / "gone.png")), 1, "There is no file"),
        (("e1", "--text", "abc"), 1, "takes no text"),
    ):
        told = call("predict", *words)
        assert told.code == code, words
        assert said in told.err, words


@pytest.mark.usefixtures("exports")
def test_an_export_whose_folder_is_gone_says_so(call: Call, store: Store, home: Home) -> None:
    import shutil

    shutil.rmtree(home.path / store.exports.read(1).folder)
    assert "folder is gone" in call("predict", "e1", "x.png").err
