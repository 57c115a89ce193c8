"""The model: it reads the words of a review one by one, and then says how likely praise is."""

from __future__ import annotations

import torch
from torch import nn


class SentimentLSTM(nn.Module):
    """An embedding, an LSTM, and a linear layer on what the LSTM knows after the last word.

    Parameters
    ----------
    vocabulary_size
        How many ids there are; id 0 is padding.
    embedding_size
        Numbers that stand for a word.
    hidden_size
        Numbers that the LSTM remembers.
    """

    def __init__(self, vocabulary_size: int, embedding_size: int = 32, hidden_size: int = 100):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary_size, embedding_size, padding_idx=0)
        self.lstm = nn.LSTM(embedding_size, hidden_size, batch_first=True)
        self.linear = nn.Linear(hidden_size, 1)

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return the logit of each review, shape (reviews,): above 0 means praise.

        Parameters
        ----------
        ids
            Integers of shape (reviews, words), padded with 0 at the end. However much padding
            there is, the result is the same: what the LSTM knew after the last word is used.
        lengths
            How many words each review has, shape (reviews,), at least 1.
        """
        states, _ = self.lstm(self.embedding(ids))
        rows = torch.arange(len(ids), device=ids.device)
        return self.linear(states[rows, lengths - 1]).squeeze(1)
