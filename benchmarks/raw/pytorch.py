"""The training as a plain PyTorch script: ``python -m benchmarks.raw.pytorch DATASET TEMPLATE START OUT MODE``.

What a careful person writes without Twinbench: everything in memory as bytes, no loader, the same model, batches,
optimizer, validation, checkpoint and test, and the loss and the time of every step kept. START is a folder with
the first weights and the order of the samples (`benchmarks.raw.start`); MODE is eager or graph. Prints the seconds after the imports.
"""

import json
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from benchmarks.raw.clock import Clock

BATCH = 128


class Flatten(nn.Module):
    """Height, width and channels in this order, as the template has them and as they lie in memory."""

    def forward(self, images):
        return images.permute(0, 2, 3, 1).flatten(1)


def build(template, shape):
    height, width, channels = shape
    if template == "mlp":
        return nn.Sequential(
            nn.Flatten(),
            nn.Linear(height * width * channels, 128),
            nn.ReLU(),
            nn.Dropout(0.0),
            nn.Linear(128, 64),
            nn.ReLU(),
            nn.Dropout(0.0),
            nn.Linear(64, 10),
        )
    return nn.Sequential(
        nn.Conv2d(channels, 16, 3, padding="same"),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding="same"),
        nn.ReLU(),
        nn.MaxPool2d(2),
        Flatten(),
        nn.Linear((height // 4) * (width // 4) * 32, 128),
        nn.ReLU(),
        nn.Dropout(0.0),
        nn.Linear(128, 10),
    )


@torch.no_grad()
def begin_with(model, weights):
    """Arrays whose last axis is that of the outputs, as in TensorFlow."""
    axes = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}
    for parameter, weight in zip(model.parameters(), weights, strict=True):
        parameter.copy_(torch.from_numpy(weight.transpose(axes[weight.ndim])))


def load(folder, part):
    scale = json.loads((folder / "dataset.json").read_text())["info"]["scale"]
    x = np.load(folder / f"{part}_x.npy")
    y = np.load(folder / f"{part}_y.npy")
    return torch.from_numpy(x), torch.from_numpy(y.astype(np.int64)), x.shape[1:], 1 / scale


def images_of(bytes_, scale):
    return bytes_.to(torch.float32).mul_(scale).permute(0, 3, 1, 2)


@torch.inference_mode()
def evaluate(model, x, y, scale):
    model.eval()
    loss = right = 0
    for start in range(0, len(y), 256):
        scores = model(images_of(x[start : start + 256], scale))
        loss += cross_entropy(scores, y[start : start + 256], reduction="sum").item()
        right += (scores.argmax(1) == y[start : start + 256]).sum().item()
    return loss / len(y), right / len(y)


def main(dataset, template, start_folder, out, mode):
    x, y, shape, scale = load(dataset, "train")
    test_x, test_y, *_ = load(dataset, "test")
    orders = np.load(start_folder / "orders.npz")
    validation = torch.from_numpy(orders["validation"])
    val_x, val_y = x[validation], y[validation]
    model = build(template, shape)
    begin_with(model, np.load(start_folder / "weights.npz").values())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    compiled = torch.compile(model) if mode == "graph" else model
    losses, clock = [], Clock()
    for epoch, order in enumerate(torch.from_numpy(orders["train"])):
        model.train()
        right = 0
        clock.start()
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            images, labels = images_of(x[chosen], scale), y[chosen]
            optimizer.zero_grad()
            scores = (compiled if len(labels) == BATCH else model)(images)
            loss = cross_entropy(scores, labels)
            loss.backward()
            optimizer.step()
            right += (scores.argmax(1) == labels).sum().item()
            losses.append(loss.item())
            clock.step(whole=len(labels) == BATCH)
        val_loss, val_accuracy = evaluate(model, val_x, val_y, scale)
        print(f"epoch {epoch + 1}: {right / len(order):.4f}, {val_loss:.4f}, {val_accuracy:.4f}")
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
        torch.save(state, out / "checkpoint.pt")
    print("test:", evaluate(model, test_x, test_y, scale))
    np.save(out / "losses.npy", losses)
    clock.save(out)


if __name__ == "__main__":
    begin = perf_counter()
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]), sys.argv[5])
    print(perf_counter() - begin)
