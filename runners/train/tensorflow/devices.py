"""What TensorFlow computes on."""

from __future__ import annotations

import tensorflow as tf

from runners.processor import cpu_name
from runners.protocol import TPU
from runners.train.engine import thread_count
from runners.train.setup import NoGpuError, Setup


def prepare(setup: Setup) -> None:
    """Take the device and the threads. Raises TrainerError."""
    if setup.device == "cpu":
        tf.config.set_visible_devices([], "GPU")  # a plugin's GPU does not heed CUDA's variable
    elif setup.device != TPU:
        _prepare_gpus(setup.device)
    threads = thread_count(setup, "TF_NUM_INTRAOP_THREADS")
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def _prepare_gpus(device: str) -> None:
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        install = {
            "cuda": "tensorflow[and-cuda], which is for Linux and WSL2",
            "mps": "tensorflow-metal, which is for Macs",
        }
        raise NoGpuError(f"TensorFlow finds no GPU: install {install[device]}, or train on the CPU")
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)


def device_name(kind: str, count: int) -> str:
    """For people, of so many devices of a kind."""
    if kind == "cpu":
        return cpu_name() if count == 1 else f"{cpu_name()}, shared by {count}"
    if kind == TPU:
        return f"TPU, {count} cores"
    gpus = tf.config.list_physical_devices("GPU")[:count]
    details: list[dict[str, str]] = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    return ", ".join(one.get("device_name", "GPU") for one in details)
