"""The rows of `request_members.py` for hyperparameter tuning jobs."""

_DISK = "nothing is encrypted on this machine's disk; shown by Describe"
_NETWORK = "this machine has no VPC; shown by Describe"
_ALONE = "a job runs on one instance; shown by Describe"
_JOB_NAME = "HyperParameterTuningJobName"
_TIMES = (
    "CreationTimeAfter",
    "CreationTimeBefore",
    "LastModifiedTimeAfter",
    "LastModifiedTimeBefore",
)
_PAGE = ("NextToken", "MaxResults", "SortBy", "SortOrder", "StatusEquals")


def _plain(*paths: str) -> dict[str, str]:
    return dict.fromkeys(paths, "")


_CONFIG = {
    "Strategy": "",
    "StrategyConfig": "for Hyperband only",
    "HyperParameterTuningJobObjective": "a metric that the algorithm can optimize",
    "ResourceLimits.MaxNumberOfTrainingJobs": "at most 750; required unless the strategy is Grid",
    "ResourceLimits.MaxParallelTrainingJobs": "as many as this machine has processors compute",
    "ResourceLimits.MaxRuntimeInSeconds": "training jobs that run then are stopped",
    "ParameterRanges": "of hyperparameters that the algorithm can tune",
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
        "AlgorithmSpecification.TrainingImage": "images that run here only",
        "AlgorithmSpecification.TrainingInputMode": "",
        "RoleArn": "",
        "InputDataConfig.ChannelName": "unique",
        "InputDataConfig.DataSource.S3DataSource.S3DataType": "S3Prefix and ManifestFile only",
        "InputDataConfig.DataSource.S3DataSource.S3Uri": "",
        "InputDataConfig.DataSource.S3DataSource.S3DataDistributionType": (
            "one instance reads it all"
        ),
        "InputDataConfig.ContentType": "",
        "InputDataConfig.CompressionType": "Gzip in Pipe mode only",
        "InputDataConfig.RecordWrapperType": "RecordIO is refused",
        "InputDataConfig.InputMode": "",
        "OutputDataConfig.S3OutputPath": "",
        "OutputDataConfig.CompressionType": "",
        "ResourceConfig.InstanceType": "counts for its quota, times MaxParallelTrainingJobs",
        "ResourceConfig.InstanceCount": "1 only",
        "ResourceConfig.KeepAlivePeriodInSeconds": "a warm pool has a quota of 0",
        "HyperParameterTuningResourceConfig.InstanceType": "counts for its quota",
        "HyperParameterTuningResourceConfig.InstanceCount": "1 only",
        "HyperParameterTuningResourceConfig.InstanceConfigs": "the first one is used",
        "HyperParameterTuningResourceConfig.AllocationStrategy": "",
        "StoppingCondition.MaxRuntimeInSeconds": "at most 28 days",
        "StoppingCondition.MaxWaitTimeInSeconds": "with spot training only",
        "EnableManagedSpotTraining": "counts for the quota of spot training",
        "CheckpointConfig": "a prefix of its own for each training job",
        "Environment": "",
    },
    "no effect here": {
        "OutputDataConfig.KmsKeyId": _DISK,
        "ResourceConfig.VolumeSizeInGB": "the disk is this machine's; shown by Describe",
        "ResourceConfig.VolumeKmsKeyId": _DISK,
        "HyperParameterTuningResourceConfig.VolumeSizeInGB": "the disk is this machine's",
        "HyperParameterTuningResourceConfig.VolumeKmsKeyId": _DISK,
        "VpcConfig": _NETWORK,
        "StoppingCondition.MaxPendingTimeInSeconds": "no job is pending; shown by Describe",
        "EnableNetworkIsolation": "the algorithm uses no network; shown by Describe",
        "EnableInterContainerTrafficEncryption": _ALONE,
        "RetryStrategy": "no attempt ends by an internal server error; shown by Describe",
    },
    "refused as AWS does": {
        "AlgorithmSpecification.MetricDefinitions": (
            "ValidationException: You can't override the metric definitions for Amazon SageMaker "
            "algorithms. [...]"
        ),
    },
}


def _create() -> dict[str, dict[str, str]]:
    rows: dict[str, dict[str, str]] = {
        "honoured": {
            _JOB_NAME: "its case counts in calls, not for its uniqueness",
            **{f"HyperParameterTuningJobConfig.{path}": note for path, note in _CONFIG.items()},
            "WarmStartConfig": "parents that have ended, of one training job definition",
            "Autotune": "AWS's values are not public, except for the range of a hint",
            "Tags": "keys that start with aws: are refused; its training jobs get them",
        }
    }
    for member in ("TrainingJobDefinition", "TrainingJobDefinitions"):
        for verdict, paths in _DEFINITION.items():
            named = {f"{member}.{path}": note for path, note in paths.items()}
            rows.setdefault(verdict, {}).update(named)
    return rows


TUNING_ROWS = {
    "CreateHyperParameterTuningJob": _create(),
    "DeleteHyperParameterTuningJob": {"honoured": _plain(_JOB_NAME)},
    "DescribeHyperParameterTuningJob": {"honoured": _plain(_JOB_NAME)},
    "ListHyperParameterTuningJobs": {"honoured": _plain(*_PAGE, "NameContains", *_TIMES)},
    "ListTrainingJobsForHyperParameterTuningJob": {"honoured": _plain(_JOB_NAME, *_PAGE)},
    "StopHyperParameterTuningJob": {"honoured": _plain(_JOB_NAME)},
}
