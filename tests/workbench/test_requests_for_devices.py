"""Which devices a run may ask for, several at once among them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.requests import InvalidRequest, RunRequest, check_request, estimate

REQUEST = RunRequest(template="mlp", framework="pytorch", dataset="digits")


def problems(**asked: object) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        check_request(replace(REQUEST, **asked))  # type: ignore[arg-type]
    return caught.value.problems


@pytest.mark.parametrize("device", ["cuda:0,cuda:1", "cuda:all", "cpu:2", "CUDA:3, cuda:1"])
def test_several_devices_can_be_asked_for(device: str) -> None:
    checked = check_request(replace(REQUEST, device=device))
    assert checked.device == device.lower().replace(" ", "")


@pytest.mark.parametrize(
    "device", ["cpu:1", "cpu:0", "cuda:0,cpu", "cuda:0,", "mps,mps", "cuda:all,cuda:0"]
)
def test_what_names_no_devices_is_refused_with_words_that_show_how(device: str) -> None:
    assert "cuda:0,cuda:1" in problems(device=device)["device"]


def test_a_device_can_be_named_once_only() -> None:
    assert "once" in problems(device="cuda:1,cuda:1")["device"]


def test_a_batch_must_have_a_sample_for_each_device() -> None:
    assert "4 devices" in problems(device="cpu:4", parameters={"batch_size": 3})["batch_size"]


@pytest.mark.parametrize("mode", ["xla", "fit"])
def test_modes_for_one_device_are_refused_on_several(mode: str) -> None:
    asked = {"framework": "tensorflow", "mode": mode}
    assert "single device" in problems(**asked, device="cuda:all")["mode"]
    assert check_request(replace(REQUEST, **asked, device="cuda:0")).mode == mode  # type: ignore[arg-type]


def test_gpus_that_share_a_batch_need_less_memory_each_and_copies_on_the_cpu_more() -> None:
    def memory(device: str) -> int:
        found = estimate(check_request(replace(REQUEST, device=device)))
        return found.memory_bytes + found.framework_bytes

    assert memory("cuda:0,cuda:1") < memory("cuda:0") < memory("cpu:2")
