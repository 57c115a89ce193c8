"""Small channels for the training script of the PyTorch project, which it learns in seconds."""

import json
from pathlib import Path

import numpy

VOCABULARY = {word: number for number, word in enumerate(("good", "bad", "film", "a"), start=2)}


def write(folder: Path) -> None:
    """Write both channels: reviews of "good" are positive, those of "bad" negative."""
    rows = numpy.zeros((200, 501), int)
    rows[:, 0] = numpy.arange(200) % 2
    rows[:, 1] = VOCABULARY["a"]
    rows[:, 2] = numpy.where(rows[:, 0], VOCABULARY["good"], VOCABULARY["bad"])
    rows[::3, 3] = VOCABULARY["film"]
    for name, part in (("train", rows[:160]), ("validation", rows[160:])):
        (folder / name).mkdir()
        numpy.savetxt(folder / name / f"{name}.csv", part, fmt="%d", delimiter=",")
    (folder / "train/vocabulary.json").write_text(json.dumps(VOCABULARY))
