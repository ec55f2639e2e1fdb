"""Writes the dataset as TFRecords of tf.train.Example, which the pipeline reads: ``python data.py DATASET``.

DATASET is the folder with train_x.npy, train_y.npy, test_x.npy and test_y.npy. ``x`` is a sample as the model takes it, laid out in a row,
``y`` what it is: a class, numbers, or the classes of all pixels.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

HERE = Path(__file__).parent
SPLITS = {"train": "train", "test": "eval"}


def example(x: np.ndarray, y: np.ndarray, whole: bool) -> bytes:
    """A sample; ``whole`` says that y is classes and not numbers."""
    numbers = tf.train.Feature(float_list=tf.train.FloatList(value=np.float32(x).ravel()))
    if whole:
        answer = tf.train.Feature(int64_list=tf.train.Int64List(value=np.int64(y).ravel()))
    else:
        answer = tf.train.Feature(float_list=tf.train.FloatList(value=np.float32(y).ravel()))
    features = tf.train.Features(feature={"x": numbers, "y": answer})
    record: bytes = tf.train.Example(features=features).SerializeToString()
    return record


def main(dataset: Path) -> None:
    """Write ``data/train`` and ``data/eval`` beside this file."""
    about = json.loads((HERE / "preprocessing.json").read_text("utf-8"))
    for part, split in SPLITS.items():
        x = np.load(dataset / f"{part}_x.npy", mmap_mode="r")
        y = np.load(dataset / f"{part}_y.npy", mmap_mode="r")
        place = HERE / "data" / split
        place.mkdir(parents=True, exist_ok=True)
        with tf.io.TFRecordWriter(str(place / "samples.tfrecord")) as file:
            for sample, answer in zip(x, y, strict=True):
                file.write(example(sample, answer, bool(about["classes"])))
        print(f"{len(x):,} samples in {place}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
