"""The pictures of the lessons: one palette, one size, axes with units, alternative text.

Each plotting function returns a matplotlib Figure with its own alternative text, made from the
data; `show` puts both into the notebook.
"""

from helpers.plots.account import hourly_prices, quotas_needed
from helpers.plots.endpoints import amounts, latencies
from helpers.plots.figures import FIGURES, SIZE, LivePicture, show
from helpers.plots.housing import (
    feature_against_price,
    predicted_against_true,
    price_histogram,
    residuals,
)
from helpers.plots.reviews import (
    confusion_matrix,
    deciding_words,
    review_lengths,
    score_histogram,
)
from helpers.plots.training import importance, learning_curve
from helpers.plots.variants import variants

__all__ = [
    "FIGURES",
    "SIZE",
    "LivePicture",
    "amounts",
    "confusion_matrix",
    "deciding_words",
    "feature_against_price",
    "hourly_prices",
    "importance",
    "latencies",
    "learning_curve",
    "predicted_against_true",
    "price_histogram",
    "quotas_needed",
    "residuals",
    "review_lengths",
    "score_histogram",
    "show",
    "variants",
]
