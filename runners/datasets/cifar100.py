"""CIFAR-100: photographs, 32 by 32 pixels, in a hundred classes.

Krizhevsky (2009), "Learning Multiple Layers of Features from Tiny Images". The checksum is the one that TensorFlow
Datasets publishes for the same address.
"""

from __future__ import annotations

from pathlib import Path

from runners.datasets.cifar import read_cifar
from runners.datasets.dataset import Contents, DatasetInfo, ProgressCallback
from runners.datasets.download import RemoteFile, get_files

_CLASSES = """
apple, aquarium fish, baby, bear, beaver, bed, bee, beetle, bicycle, bottle, bowl, boy, bridge, bus, butterfly, camel, can,
castle, caterpillar, cattle, chair, chimpanzee, clock, cloud, cockroach, couch, crab, crocodile, cup, dinosaur, dolphin,
elephant, flatfish, forest, fox, girl, hamster, house, kangaroo, keyboard, lamp, lawn mower, leopard, lion, lizard, lobster,
man, maple tree, motorcycle, mountain, mouse, mushroom, oak tree, orange, orchid, otter, palm tree, pear, pickup truck,
pine tree, plain, plate, poppy, porcupine, possum, rabbit, raccoon, ray, road, rocket, rose, sea, seal, shark, shrew, skunk,
skyscraper, snail, snake, spider, squirrel, streetcar, sunflower, sweet pepper, table, tank, telephone, television, tiger,
tractor, train, trout, tulip, turtle, wardrobe, whale, willow tree, wolf, woman, worm
"""
INFO = DatasetInfo(
    name="cifar-100",
    title="CIFAR-100",
    summary="60,000 photographs of 32 by 32 pixels in a hundred classes; downloads 169 MB",
    source="Alex Krizhevsky, https://www.cs.toronto.edu/~kriz/cifar.html",
    licence="none stated; its authors ask to be cited",
    input_shape=(32, 32, 3),
    classes=tuple(" ".join(name.split()) for name in _CLASSES.split(",")),
    train_count=50_000,
    test_count=10_000,
    scale=255,
)
FILES = (
    RemoteFile(
        "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
        "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
    ),
)
_FOLDER = "cifar-100-binary"


def load(datasets_folder: Path, source: Path | None, on_progress: ProgressCallback) -> Contents:
    (path,) = get_files(INFO, FILES, datasets_folder, source, on_progress)
    on_progress(f"reading {path.name}", 0.85)
    train, test = ((f"{_FOLDER}/{part}.bin",) for part in ("train", "test"))
    return read_cifar(INFO, path, train, test, labels=2)
