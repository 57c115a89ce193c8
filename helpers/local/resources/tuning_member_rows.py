"""The rows of `request_members.py` for hyperparameter tuning jobs."""

TUNING_ROWS = {
    "CreateHyperParameterTuningJob": {
        "honoured": dict.fromkeys(
            (
                "HyperParameterTuningJobName",
                "HyperParameterTuningJobConfig",
                "TrainingJobDefinition",
                "TrainingJobDefinitions",
                "WarmStartConfig",
                "Tags",
                "Autotune",
            ),
            "",
        )
    },
}
for _operation in ("Describe", "Stop", "Delete"):
    TUNING_ROWS[f"{_operation}HyperParameterTuningJob"] = {
        "honoured": {"HyperParameterTuningJobName": ""}
    }
TUNING_ROWS["ListHyperParameterTuningJobs"] = {
    "honoured": dict.fromkeys(
        (
            *("NextToken", "MaxResults", "SortBy", "SortOrder", "NameContains", "StatusEquals"),
            *("CreationTimeAfter", "CreationTimeBefore"),
            *("LastModifiedTimeAfter", "LastModifiedTimeBefore"),
        ),
        "",
    )
}
TUNING_ROWS["ListTrainingJobsForHyperParameterTuningJob"] = {
    "honoured": dict.fromkeys(
        (
            *("HyperParameterTuningJobName", "NextToken", "MaxResults", "StatusEquals"),
            *("SortBy", "SortOrder"),
        ),
        "",
    )
}
