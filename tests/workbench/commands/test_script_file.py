from __future__ import annotations

from pathlib import Path

from tests.workbench.conftest import Call


def test_a_training_is_saved_as_a_script_and_it_is_told_how_to_run_it(
    call: Call, tmp_path: Path
) -> None:
    file = tmp_path / "mlp.py"
    words = ("--framework", "tensorflow", "--dataset", "digits", "--set", "hidden_widths=9")
    answer = call("save-script", "mlp", str(file), *words)
    assert (answer.code, answer.err) == (0, "")
    assert f"python {file}" in answer.out
    assert '"hidden_widths": (9,)' in file.read_text("utf-8")


def test_what_a_script_cannot_do_yet_is_refused_and_nothing_is_written(
    call: Call, tmp_path: Path
) -> None:
    file = tmp_path / "mlp.py"
    words = ("--framework", "pytorch", "--dataset", "digits", "--set", "mixup=0.2")
    answer = call("save-script", "mlp", str(file), *words)
    assert answer.code == 2
    assert "mixup. Set it to 0" in answer.err
    assert not file.exists()
