"""The training as a plain TensorFlow script: ``python -m benchmarks.raw.tensorflow DATASET TEMPLATE START OUT MODE``.

What a careful person writes without Twinbench: everything in memory as bytes, no loader, the same model, batches,
optimizer, validation, checkpoint and test, and the loss and the time of every step kept. START is a folder with
the first weights and the order of the samples (`benchmarks.raw.start`); MODE is eager, graph, xla or fit. Prints the seconds after the imports.
"""

import json
import os
import sys
from pathlib import Path
from time import perf_counter

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from benchmarks.raw.clock import Clock

BATCH = 128


def build(template, shape):
    if template == "mlp":
        hidden = [
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.0),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.0),
        ]
    else:
        hidden = [
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.0),
        ]
    return keras.Sequential([keras.Input(shape), *hidden, layers.Dense(10)])


def load(folder, part):
    scale = json.loads((folder / "dataset.json").read_text())["info"]["scale"]
    x = np.load(folder / f"{part}_x.npy")
    y = np.load(folder / f"{part}_y.npy")
    return x, y.astype(np.int64), 1 / scale


def images_of(bytes_, scale):
    return tf.cast(tf.constant(bytes_), tf.float32) * scale


def evaluate(scores_of, x, y, scale):
    loss = right = 0
    for start in range(0, len(y), 256):
        labels = y[start : start + 256]
        scores = scores_of(images_of(x[start : start + 256], scale))
        loss += float(tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores)))
        right += int(np.sum(np.argmax(scores, 1) == labels))
    return loss / len(y), right / len(y)


class Kept(keras.callbacks.Callback):
    def __init__(self, samples, losses, clock):
        super().__init__()
        self.samples, self.losses, self.clock = samples, losses, clock

    def on_epoch_begin(self, epoch, logs=None):
        del epoch, logs
        self.clock.start()

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])
        self.clock.step(whole=(batch + 1) * BATCH <= self.samples)


def main(dataset, template, start_folder, out, mode):
    x, y, scale = load(dataset, "train")
    test_x, test_y, _ = load(dataset, "test")
    orders = np.load(start_folder / "orders.npz")
    val_x, val_y = x[orders["validation"]], y[orders["validation"]]
    model = build(template, x.shape[1:])
    model.set_weights(list(np.load(start_folder / "weights.npz").values()))
    optimizer = keras.optimizers.Adam(1e-3)

    def step(images, labels):
        with tf.GradientTape() as tape:
            scores = model(images, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss, tf.math.count_nonzero(tf.argmax(scores, 1) == labels)

    def scores_of(images):
        return model(images, training=False)

    if mode != "eager":
        optimizer.build(model.trainable_variables)
        step, scores_of = tf.function(step), tf.function(scores_of)
    compiled = tf.function(step, jit_compile=True) if mode == "xla" else step
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss_of, metrics=["accuracy"], jit_compile=False)  # for fit
    losses, clock = [], Clock()
    for epoch, order in enumerate(orders["train"]):
        right = 0
        if mode == "fit":
            batches = (
                (images_of(x[n], scale), y[n])
                for n in np.split(order, range(BATCH, len(order), BATCH))
            )
            kept = Kept(len(order), losses, clock)
            told = model.fit(batches, shuffle=False, verbose=0, callbacks=[kept]).history
            right = told["accuracy"][0] * len(order)
        clock.start()
        for start in range(0, len(order), BATCH) if mode != "fit" else ():
            chosen = order[start : start + BATCH]
            one_step = compiled if len(chosen) == BATCH else step
            loss, correct = one_step(images_of(x[chosen], scale), tf.constant(y[chosen]))
            losses.append(float(loss))
            right += int(correct)
            clock.step(whole=len(chosen) == BATCH)
        val_loss, val_accuracy = evaluate(scores_of, val_x, val_y, scale)
        print(f"epoch {epoch + 1}: {right / len(order):.4f}, {val_loss:.4f}, {val_accuracy:.4f}")
        model.save_weights(out / "checkpoint.weights.h5")
    print("test:", evaluate(scores_of, test_x, test_y, scale))
    np.save(out / "losses.npy", losses)
    clock.save(out)


if __name__ == "__main__":
    begin = perf_counter()
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]), sys.argv[5])
    print(perf_counter() - begin)
