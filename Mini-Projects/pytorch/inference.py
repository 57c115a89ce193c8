"""What the endpoint calls: load the model once, then turn reviews into scores.

A request is text/plain with one review in each line; the response has one score in each line, the
probability that the writer liked the film.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from model import SentimentLSTM
from preparation import PADDING, encode, load_vocabulary
from torch.nn.utils.rnn import pad_sequence

CONTENT_TYPE = "text/plain"


class Model(NamedTuple):
    """The trained model with the vocabulary that it was trained with."""

    network: SentimentLSTM
    vocabulary: dict[str, int]


def model_fn(model_dir: str) -> Model:
    """Load what train.py saved."""
    torch.set_num_threads(1)  # one review is little work, and threads wait for each other
    folder = Path(model_dir)
    saved = torch.load(folder / "model.pth", map_location="cpu", weights_only=True)
    network = SentimentLSTM(saved["vocabulary_size"])
    network.load_state_dict(saved["weights"])
    return Model(network.eval(), load_vocabulary(folder / "vocabulary.json"))


def input_fn(request_body: bytes | str, content_type: str) -> list[str]:
    """Return the reviews of a request, one of each line."""
    if content_type.partition(";")[0].strip() != CONTENT_TYPE:
        raise ValueError(f"expected content type {CONTENT_TYPE}, got {content_type!r}")
    text = request_body if isinstance(request_body, str) else request_body.decode("utf-8")
    return text.removesuffix("\n").split("\n")


@torch.no_grad()
def predict_fn(reviews: list[str], model: Model) -> list[float]:
    """Return the probability of praise for each review, prepared as in training."""
    encoded = [torch.tensor(encode(review, model.vocabulary)) for review in reviews]
    lengths = torch.tensor([len(ids) for ids in encoded])
    ids = pad_sequence(encoded, batch_first=True, padding_value=PADDING)
    return torch.sigmoid(model.network(ids, lengths)).tolist()


def output_fn(scores: list[float], accept: str) -> tuple[str, str]:
    """Return one score in each line, and their content type, whatever the client accepts."""
    return "".join(f"{score}\n" for score in scores), CONTENT_TYPE
