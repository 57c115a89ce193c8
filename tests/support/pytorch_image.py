"""The PyTorch image, where somebody has pulled it: the tests that need it are skipped without."""

from pathlib import Path

import pytest

from helpers.home import home_folder
from helpers.local.home import Home
from helpers.local.runtime import images

TRAINING_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.10-cpu-py313"
INFERENCE_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6-cpu-py312"
LEARNERS_HOME = Home(home_folder())  # before a fixture names another one
HOW = "PyTorch is not on this machine; to run this test too, get it once: make setup-pytorch"


def framework():
    """Return what runs PyTorch's scripts."""
    name = "pytorch-2.10"
    return next(each for each in images.frameworks() if each.name == name)


def is_pulled() -> bool:
    """Tell whether the image is in the course's home folder."""
    return images.pulled(LEARNERS_HOME, framework()) is not None


def link(home: Path) -> None:
    """Let a home folder have the image; skip the test if it was not pulled."""
    if not is_pulled():
        pytest.skip(HOW)
    of, linked = framework(), home / "images" / framework().name
    linked.parent.mkdir(parents=True, exist_ok=True)
    if not linked.exists():
        linked.symlink_to(images.folder(LEARNERS_HOME, of))
