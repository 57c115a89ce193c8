"""Which variables the later cells of the PyTorch project use, and what form they need."""

from __future__ import annotations

from helpers.grading.later_name_forms import (
    DATA_DIR,
    DEPLOYED,
    LaterName,
    are_numbers,
    are_padded_rows,
    has_keys,
    is_dict_of_numbers,
    is_number,
)

PYTORCH = {
    "Number the words": (
        LaterName("vocabulary", "a dict from word to id", is_dict_of_numbers),
        DATA_DIR,
    ),
    "Pad and upload": (LaterName("train_rows", "rows of 501 whole numbers each", are_padded_rows),),
    "Train": (
        LaterName("hyperparameters", "a dict", lambda value: isinstance(value, dict)),
        LaterName("train", "a function of hyperparameters and a folder", callable),
    ),
    "Choose the epoch": (
        LaterName(
            "table",
            "a DataFrame with the columns epoch, train_loss and validation_accuracy",
            lambda value: {"epoch", "validation_accuracy"} <= set(getattr(value, "columns", ())),
        ),
        LaterName("best_epoch", "a number", is_number),
    ),
    "Test": (LaterName("scores", "a list of numbers", are_numbers),),
}
PYTORCH_HIGH = {
    "Train": (
        LaterName(
            "job",
            "the TrainingJob that has ended",
            lambda value: bool(getattr(value, "training_job_name", None)),
        ),
    ),
    "Deploy": DEPLOYED,
}
PYTORCH_LOW = {
    "Train": (
        LaterName(
            "job",
            "the description of the training job, a dict",
            lambda value: has_keys(value, "TrainingJobName", "ModelArtifacts"),
        ),
    ),
}
