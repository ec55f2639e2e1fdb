from __future__ import annotations

from pathlib import Path

from runners.script.metric_names import MetricNames, metric_name

WORK = Path("/work")


def names() -> MetricNames:
    return MetricNames(Path("/home/run/tensorboard"))


def test_a_folder_that_only_says_which_run_it_was_is_left_out() -> None:
    assert names().prefix(WORK / "runs/Nov22_12-00-00_host") == ""
    assert names().prefix(WORK / "lightning_logs/version_3") == ""


def test_parts_of_the_data_are_told_apart_whichever_comes_first() -> None:
    found = names()
    assert found.prefix(WORK / "logs/fit/train") == "train/"
    assert found.prefix(WORK / "logs/fit/validation") == "validation/"


def test_folders_below_the_first_keep_their_names_and_stamps_are_left_out() -> None:
    found = names()
    assert found.prefix(WORK / "runs/a") == ""
    assert found.prefix(WORK / "runs/a/Loss_train") == "Loss_train/"
    assert found.prefix(WORK / "runs/a/1700000000.123") == ""


def test_a_second_writer_beside_the_first_is_named_by_its_folder() -> None:
    found = names()
    assert found.prefix(WORK / "runs/generator") == ""
    assert found.prefix(WORK / "runs/critic") == "critic/"


def test_below_the_folder_that_was_given_all_names_are_kept() -> None:
    found = names()
    assert found.prefix(Path("/home/run/tensorboard")) == ""
    assert found.prefix(Path("/home/run/tensorboard/fold_1/train")) == "fold_1/train/"


def test_names_of_the_machines_readings_are_not_taken() -> None:
    assert metric_name("", "system/cpu_percent") == "script/system/cpu_percent"
    assert metric_name("train/", "loss") == "train/loss"
