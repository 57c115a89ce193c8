"""The rows of `request_members.py` for hyperparameter tuning jobs."""

from helpers.local.resources.shared_member_rows import (
    CREATED,
    DISK,
    MODIFIED,
    NO_KEY,
    PAGE,
    TRAINING_HONOURED,
    TRAINING_NO_EFFECT,
    honoured,
)

_JOB_NAME = "HyperParameterTuningJobName"
_PAGE = (*PAGE, "StatusEquals")
_CONFIG = {
    "Strategy": "",
    "StrategyConfig": "for Hyperband only",
    "HyperParameterTuningJobObjective": "a metric that the algorithm can optimize",
    "ResourceLimits.MaxNumberOfTrainingJobs": "at most 750; required unless the strategy is Grid",
    "ResourceLimits.MaxParallelTrainingJobs": "as many as this machine has processors compute",
    "ResourceLimits.MaxRuntimeInSeconds": "training jobs that run then are stopped",
    "ParameterRanges": "of hyperparameters that the algorithm can tune; of a script, any",
    "TrainingJobEarlyStoppingType": "",
    "TuningJobCompletionCriteria": "AWS's test of convergence is not public: this one is our own",
    "RandomSeed": "",
}
_DEFINITION = {
    "honoured": {
        "DefinitionName": "required and unique in TrainingJobDefinitions",
        "TuningObjective": "for TrainingJobDefinition, that of the configuration counts",
        "HyperParameterRanges": "for TrainingJobDefinition, those of the configuration count",
        "StaticHyperParameters": "at most 100 with those that are tuned",
        **TRAINING_HONOURED,
        "ResourceConfig.InstanceType": "counts for its quota, times MaxParallelTrainingJobs",
        "HyperParameterTuningResourceConfig.InstanceType": "counts for its quota",
        "HyperParameterTuningResourceConfig.InstanceCount": "1 to 4, a process each",
        "HyperParameterTuningResourceConfig.InstanceConfigs": "the first one is used",
        "HyperParameterTuningResourceConfig.AllocationStrategy": "",
        "CheckpointConfig": "a prefix of its own for each training job",
        "Environment": "at most 48 variables in all definitions",
    },
    "no effect here": {
        **TRAINING_NO_EFFECT,
        "HyperParameterTuningResourceConfig.VolumeSizeInGB": "the disk is this machine's",
        "HyperParameterTuningResourceConfig.VolumeKmsKeyId": f"{DISK}; {NO_KEY}",
    },
}


def _create() -> dict[str, dict[str, str]]:
    rows: dict[str, dict[str, str]] = {
        "honoured": {
            _JOB_NAME: "its case counts in calls, not for its uniqueness",
            **{f"HyperParameterTuningJobConfig.{path}": note for path, note in _CONFIG.items()},
            "WarmStartConfig": "parents that have ended, of one training job definition",
            "Autotune": "AWS's values are not public, except for the range of a hint",
            "Tags": "keys that start with aws:, or come twice, are refused; its jobs get them",
        }
    }
    for member in ("TrainingJobDefinition", "TrainingJobDefinitions"):
        for verdict, paths in _DEFINITION.items():
            named = {f"{member}.{path}": note for path, note in paths.items()}
            rows.setdefault(verdict, {}).update(named)
    return rows


TUNING_ROWS = {
    "CreateHyperParameterTuningJob": _create(),
    "DeleteHyperParameterTuningJob": honoured(_JOB_NAME),
    "DescribeHyperParameterTuningJob": honoured(_JOB_NAME),
    "ListHyperParameterTuningJobs": honoured(*_PAGE, "NameContains", *CREATED, *MODIFIED),
    "ListTrainingJobsForHyperParameterTuningJob": honoured(_JOB_NAME, *_PAGE),
    "StopHyperParameterTuningJob": honoured(_JOB_NAME),
}
