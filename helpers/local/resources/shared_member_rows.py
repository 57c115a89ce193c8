"""What the rows of `request_members.py` for several operations have in common."""

from collections.abc import Mapping

MemberPaths = Mapping[str, str]
"""Path of a member: note."""

DISK = "nothing is encrypted on this machine's disk; shown by Describe"
NO_KEY = "refused for types with local storage"
NETWORK = "this machine has no VPC; shown by Describe"
TAGS = {"Tags": "keys that start with aws:, or come twice, are refused"}
PAGE = ("NextToken", "MaxResults", "SortBy", "SortOrder")
CREATED = ("CreationTimeAfter", "CreationTimeBefore")
MODIFIED = ("LastModifiedTimeAfter", "LastModifiedTimeBefore")


def plain(*paths: str) -> MemberPaths:
    """Return members without notes."""
    return dict.fromkeys(paths, "")


def honoured(*paths: str) -> Mapping[str, MemberPaths]:
    """Return the row of an operation all of whose members are honoured, without notes."""
    return {"honoured": plain(*paths)}


# Of CreateTrainingJob and of a tuning job's training job definitions
TRAINING_HONOURED = {
    "AlgorithmSpecification.TrainingImage": "images that run here only",
    "AlgorithmSpecification.TrainingInputMode": "",
    "AlgorithmSpecification.MetricDefinitions": "of scripts; not for images that define some",
    "RoleArn": "",
    "InputDataConfig.ChannelName": "unique",
    "InputDataConfig.DataSource.S3DataSource.S3DataType": "S3Prefix and ManifestFile only",
    "InputDataConfig.DataSource.S3DataSource.S3Uri": "",
    "InputDataConfig.DataSource.S3DataSource.S3DataDistributionType": "objects in turns",
    "InputDataConfig.ContentType": "",
    "InputDataConfig.CompressionType": "Gzip in Pipe mode only",
    "InputDataConfig.RecordWrapperType": "RecordIO is refused",
    "InputDataConfig.InputMode": "",
    "OutputDataConfig.S3OutputPath": "",
    "OutputDataConfig.CompressionType": "",
    "ResourceConfig.InstanceType": "counts for its quota",
    "ResourceConfig.InstanceCount": "1 to 4, a process each",
    "ResourceConfig.KeepAlivePeriodInSeconds": "a warm pool has a quota of 0",
    "StoppingCondition.MaxRuntimeInSeconds": "at most 28 days",
    "StoppingCondition.MaxWaitTimeInSeconds": (
        "with spot training only; at most 3,600 for algorithms that save no checkpoints"
    ),
    "EnableManagedSpotTraining": "counts for the quota of spot training",
    "EnableNetworkIsolation": "for scripts; an algorithm uses no network",
    "Environment": "",
}
TRAINING_NO_EFFECT = {
    "OutputDataConfig.KmsKeyId": DISK,
    "ResourceConfig.VolumeSizeInGB": (
        "the disk is this machine's, but types without local storage need it; shown by Describe"
    ),
    "ResourceConfig.VolumeKmsKeyId": f"{DISK}; {NO_KEY}",
    "VpcConfig": NETWORK,
    "StoppingCondition.MaxPendingTimeInSeconds": "no job is pending; shown by Describe",
    "EnableInterContainerTrafficEncryption": "all instances are this machine; shown by Describe",
    "RetryStrategy": "no attempt ends by an internal server error; shown by Describe",
}
