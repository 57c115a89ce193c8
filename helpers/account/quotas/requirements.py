"""The quotas that the lessons need, for how many instances at once."""

from __future__ import annotations

from typing import NamedTuple

from helpers.catalog import quotas


class QuotaRequirement(NamedTuple):
    """How many instances at once a quota must allow, and the lessons that run them.

    `quota` is AWS's name of it, instance type and use.
    """

    quota: str
    count: int
    lessons: tuple[str, ...]

    @property
    def code(self) -> str:
        """The quota's code, the same in every account and region."""
        return quotas.by_name()[self.quota].code


_DEPLOY = "Boston Housing - XGBoost (Deploy)"
_UPDATING_ENDPOINT = "Boston Housing - Updating an Endpoint"
_UPDATING_MODEL = "IMDB Sentiment Analysis - XGBoost (Updating a Model)"
_WEB_APP = "IMDB Sentiment Analysis - XGBoost - Web App"
_PYTORCH = "IMDB Sentiment Analysis - PyTorch (Deploy)"
_TUNING = (
    "Boston Housing - XGBoost (Hyperparameter Tuning)",
    "IMDB Sentiment Analysis - XGBoost (Hyperparameter Tuning)",
)
# What few or no lessons run: `--include endpoint`. Without them, the other lessons still work.
OPTIONAL_REQUIREMENTS = {
    "endpoint": QuotaRequirement(  # an update starts the new instance before the old one stops
        "ml.m5.large for endpoint usage", 2, (_DEPLOY, _UPDATING_MODEL, _WEB_APP, _PYTORCH)
    ),
    # Two instances, and two more while an update replaces them.
    "updating": QuotaRequirement("ml.m5.large for endpoint usage", 4, (_UPDATING_ENDPOINT,)),
    # A tuning job runs two training jobs at once.
    "tuning": QuotaRequirement("ml.m5.large for training job usage", 2, _TUNING),
    "gpu": QuotaRequirement(
        "ml.g4dn.xlarge for training job usage", 1, ("none: for deep learning",)
    ),
}
_BATCH = (  # the lessons on deploying run a batch transform, too
    "Boston Housing - XGBoost",
    "IMDB Sentiment Analysis - XGBoost (Batch Transform)",
    "IMDB Sentiment Analysis - XGBoost (Hyperparameter Tuning)",
)
_TRAIN = (*_BATCH, _UPDATING_ENDPOINT, _UPDATING_MODEL, _WEB_APP, _PYTORCH)
_ON_AWS = ("all, on a SageMaker notebook instance",)
NEEDS = (
    QuotaRequirement("ml.t3.medium for notebook instance usage", 1, _ON_AWS),
    QuotaRequirement("Total number of notebook instances", 1, _ON_AWS),
    QuotaRequirement("ml.m5.large for training job usage", 1, _TRAIN),
    QuotaRequirement("Number of instances across all training jobs", 1, _TRAIN),
    QuotaRequirement("ml.m5.large for transform job usage", 1, _BATCH),
    QuotaRequirement("Number of instances across all transform jobs", 1, _BATCH),
)
