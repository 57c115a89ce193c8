"""The pictures of the lessons: one palette, one size, axes with units, alternative text.

Each plotting function returns a matplotlib Figure with its own alternative text, made from the
data; `show` puts both into the notebook.
"""

from helpers.plots.account import hourly_prices, quotas_needed
from helpers.plots.drift import answers_over_time, changed_sides, weekly_accuracy
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
from helpers.plots.training import accuracy_by_epoch, importance, learning_curve
from helpers.plots.tuning import best_so_far, paired_differences, tried_values
from helpers.plots.variants import variants
from helpers.plots.web_app import scores_by_count, word_effects

__all__ = [
    "FIGURES",
    "SIZE",
    "LivePicture",
    "accuracy_by_epoch",
    "amounts",
    "answers_over_time",
    "best_so_far",
    "changed_sides",
    "confusion_matrix",
    "deciding_words",
    "feature_against_price",
    "hourly_prices",
    "importance",
    "latencies",
    "learning_curve",
    "paired_differences",
    "predicted_against_true",
    "price_histogram",
    "quotas_needed",
    "residuals",
    "review_lengths",
    "score_histogram",
    "scores_by_count",
    "show",
    "tried_values",
    "variants",
    "weekly_accuracy",
    "word_effects",
]
