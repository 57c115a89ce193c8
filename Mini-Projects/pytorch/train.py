"""Train the sentiment model, on a laptop or as a training job.

    python train.py --train data/train --validation data/validation --model-dir model --epochs 3

A training job passes hyperparameters in the same way, and tells by SM_ variables where the
channels are and where the model goes. `train` holds train.csv and vocabulary.json, `validation`
validation.csv; a line is a label, 0 or 1, and the ids of a review's words, padded with 0.
"""

from __future__ import annotations

import argparse
import copy
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy
import pandas
import torch
from model import SentimentLSTM
from preparation import PADDING, load_vocabulary
from torch import nn

CODE = Path(__file__).resolve().parent
INFERENCE_FILES = ("inference.py", "model.py", "preparation.py")
BATCHES_SORTED_TOGETHER = 50
EVALUATION_BATCH_SIZE = 500
MAX_GRADIENT_NORM = 1.0  # so that no single batch undoes what was learned before
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Reviews(NamedTuple):
    """Reviews as tensors: ids (reviews, words), lengths (reviews,), labels (reviews,), 0 or 1."""

    ids: torch.Tensor
    lengths: torch.Tensor
    labels: torch.Tensor


def main() -> None:
    """Train, and save the model of the best epoch."""
    arguments = parse_arguments()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    train = load(arguments.train / "train.csv")
    validation = load(arguments.validation / "validation.csv")
    vocabulary_path = arguments.train / "vocabulary.json"
    size = max(load_vocabulary(vocabulary_path).values()) + 1
    print(
        f"PyTorch {torch.__version__} on {DEVICE}: {len(train.ids)} reviews to train, "
        f"{len(validation.ids)} to validate, {size} ids",
        flush=True,
    )
    weights = fit(SentimentLSTM(size).to(DEVICE), train, validation, arguments)
    save(weights, size, vocabulary_path, arguments.model_dir)


def parse_arguments() -> argparse.Namespace:
    """Read hyperparameters and folders from the command line, and folders from SM_ variables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0], allow_abbrev=False)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=50)
    parser.add_argument("--learning-rate", type=float, default=0.001)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--threads",
        type=int,
        default=1,
        help="of the CPU; more can help, but on a busy machine they wait for each other",
    )
    parser.add_argument(
        "--pad-to",
        choices=("batch", "all"),
        default="batch",
        help="the longest review of the batch, or (slower, and no better) that of all",
    )
    for channel in ("train", "validation"):
        folder = os.environ.get(f"SM_CHANNEL_{channel.upper()}")
        parser.add_argument(f"--{channel}", type=Path, default=folder, required=folder is None)
    folder = os.environ.get("SM_MODEL_DIR", "model")
    parser.add_argument("--model-dir", type=Path, default=folder)
    return parser.parse_args()


def load(path: Path) -> Reviews:
    """Read a file of labels and ids."""
    rows = pandas.read_csv(path, header=None, dtype=numpy.int64).to_numpy()
    ids = torch.from_numpy(rows[:, 1:].copy())
    labels = torch.from_numpy(rows[:, 0].copy()).float()
    return Reviews(ids, (ids != PADDING).sum(dim=1), labels)


def fit(
    model: SentimentLSTM, train: Reviews, validation: Reviews, arguments: argparse.Namespace
) -> dict[str, torch.Tensor]:
    """Train for all epochs, log each, and return the weights of the best one.

    That is the epoch with the highest validation accuracy, and the first of equal ones.

    The metric definitions of a training job read the logged lines.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=arguments.learning_rate)
    best_epoch, best_accuracy, best_weights = 0, -1.0, {}
    for epoch in range(1, arguments.epochs + 1):
        begin = time.perf_counter()
        train_loss = train_epoch(model, train, optimizer, arguments)
        seconds = time.perf_counter() - begin
        loss, accuracy = evaluate(model, validation)
        print(
            f"epoch={epoch} train_loss={train_loss:.9f} validation_loss={loss:.9f} "
            f"validation_accuracy={accuracy:.4f} seconds={seconds:.2f}",
            flush=True,
        )
        if accuracy > best_accuracy:
            best_epoch, best_accuracy = epoch, accuracy
            best_weights = copy.deepcopy(model.state_dict())
    print(f"The model of epoch {best_epoch} is saved.", flush=True)
    return best_weights


def train_epoch(
    model: SentimentLSTM,
    reviews: Reviews,
    optimizer: torch.optim.Optimizer,
    arguments: argparse.Namespace,
) -> float:
    """Take one step for each batch; return the mean loss of the reviews."""
    model.train()
    total = 0.0
    for rows in batches_of_similar_length(reviews.lengths, arguments.batch_size):
        optimizer.zero_grad()
        logits = apply(model, reviews, rows, arguments.pad_to)
        loss = nn.functional.binary_cross_entropy_with_logits(
            logits, reviews.labels[rows].to(DEVICE)
        )
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), MAX_GRADIENT_NORM)
        optimizer.step()
        total += loss.item() * len(rows)
    return total / len(reviews.ids)


def batches_of_similar_length(lengths: torch.Tensor, batch_size: int) -> Iterator[torch.Tensor]:
    """Yield the rows of each batch, in random order; each row once.

    All rows are shuffled, and then sorted by length in groups of some batches. So the reviews of a
    batch are about equally long, with little padding, and each epoch still has other batches.
    """
    batches = []
    for group in torch.randperm(len(lengths)).split(BATCHES_SORTED_TOGETHER * batch_size):
        batches += group[lengths[group].argsort(stable=True)].split(batch_size)
    for number in torch.randperm(len(batches)).tolist():
        yield batches[number]


def apply(
    model: SentimentLSTM, reviews: Reviews, rows: torch.Tensor, pad_to: str = "batch"
) -> torch.Tensor:
    """Return the model's logits of some reviews, padded to the longest of them or of all.

    To cut padding off serves the same end as PyTorch's packed sequences, which on a CPU take many
    times longer: they train an LSTM step by step, without its fast implementation.
    """
    ids, lengths = reviews.ids[rows], reviews.lengths[rows]
    if pad_to == "batch":
        ids = ids[:, : lengths.max()]
    return model(ids.to(DEVICE), lengths.to(DEVICE))


@torch.no_grad()
def evaluate(model: SentimentLSTM, reviews: Reviews) -> tuple[float, float]:
    """Return the mean loss, and the share of reviews on the right side of 0."""
    model.eval()
    by_length = reviews.lengths.argsort(stable=True)
    batches = by_length.split(EVALUATION_BATCH_SIZE)
    logits = torch.cat([apply(model, reviews, rows) for rows in batches]).cpu()
    labels = reviews.labels[by_length]
    loss = nn.functional.binary_cross_entropy_with_logits(logits, labels)
    return loss.item(), ((logits > 0) == (labels == 1)).float().mean().item()


def save(weights: dict[str, torch.Tensor], size: int, vocabulary_path: Path, folder: Path) -> None:
    """Save all that inference needs: the weights, the vocabulary, and the code."""
    (folder / "code").mkdir(parents=True, exist_ok=True)
    weights = {name: weight.cpu() for name, weight in weights.items()}
    torch.save({"vocabulary_size": size, "weights": weights}, folder / "model.pth")
    shutil.copy(vocabulary_path, folder / "vocabulary.json")
    for name in INFERENCE_FILES:
        shutil.copy(CODE / name, folder / "code" / name)


if __name__ == "__main__":
    main()
