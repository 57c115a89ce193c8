"""The result of an earlier training job of a tuning job."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """The result of an earlier training job, of this tuning job or of a parent (warm start).

    Parameters
    ----------
    parameters
        Its hyperparameters as texts. Names that are not tuned are ignored.
    value
        The objective; None if the job failed or reported none.
    steps
        The objective after each epoch, if it was reported, for jobs of this tuning job.
    transferred
        Whether it is of a parent, by WarmStartType TransferLearning: its value is of other data,
        so only the order of such values counts.
    """

    parameters: Mapping[str, str]
    value: float | None
    steps: tuple[float, ...] = ()
    transferred: bool = False
