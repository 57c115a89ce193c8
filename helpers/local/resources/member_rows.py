"""The rows of `request_members.py`: for each operation its members by what becomes of them.

A path holds for all members below it; members of a list's elements are named as if the list were a
structure. The notes are shown in the table.
"""

from collections.abc import Mapping

from helpers.local.resources.endpoint_member_rows import ENDPOINT_ROWS
from helpers.local.resources.tuning_member_rows import TUNING_ROWS

MemberPaths = Mapping[str, str]
"""Path of a member: note."""

_DISK = "nothing is encrypted on this machine's disk; shown by Describe"
_NETWORK = "this machine has no VPC; shown by Describe"
_ALONE = "a job runs on one instance; shown by Describe"
_SDK = "SDK 2 sends it unasked; nothing is profiled; shown by Describe"


def _plain(*paths: str) -> MemberPaths:
    return dict.fromkeys(paths, "")


def _honoured(*paths: str) -> Mapping[str, MemberPaths]:
    return {"honoured": _plain(*paths)}


_TIMES = (
    "CreationTimeAfter",
    "CreationTimeBefore",
    "LastModifiedTimeAfter",
    "LastModifiedTimeBefore",
)
_LIST = ("NextToken", "MaxResults", "SortBy", "SortOrder", "NameContains", *_TIMES)
_NO_TAGS_OF_AWS = {"Tags": "keys that start with aws: are refused"}

_CHANNEL = {
    "InputDataConfig.ChannelName": "unique",
    "InputDataConfig.DataSource.S3DataSource.S3DataType": "S3Prefix and ManifestFile only",
    "InputDataConfig.DataSource.S3DataSource.S3Uri": "",
    "InputDataConfig.DataSource.S3DataSource.S3DataDistributionType": "one instance reads it all",
    "InputDataConfig.ContentType": "",
    "InputDataConfig.CompressionType": "Gzip in Pipe mode only",
    "InputDataConfig.RecordWrapperType": "RecordIO is refused",
    "InputDataConfig.InputMode": "",
}
_TRAINING = {
    "honoured": {
        "TrainingJobName": "",
        "HyperParameters": "",
        "AlgorithmSpecification.TrainingImage": "images that run here only",
        "AlgorithmSpecification.TrainingInputMode": "",
        "RoleArn": "",
        **_CHANNEL,
        "OutputDataConfig.S3OutputPath": "",
        "OutputDataConfig.CompressionType": "",
        "ResourceConfig.InstanceType": "counts for its quota",
        "ResourceConfig.InstanceCount": "1 only",
        "ResourceConfig.KeepAlivePeriodInSeconds": "a warm pool has a quota of 0",
        "StoppingCondition.MaxRuntimeInSeconds": "at most 28 days",
        "StoppingCondition.MaxWaitTimeInSeconds": "with spot training only",
        "EnableManagedSpotTraining": "counts for the quota of spot training",
        **_NO_TAGS_OF_AWS,
        "CheckpointConfig": "LocalPath in /opt/ml/checkpoints",
        "Environment": "",
    },
    "no effect here": {
        "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries": "shown by Describe",
        "OutputDataConfig.KmsKeyId": _DISK,
        "ResourceConfig.VolumeSizeInGB": "the disk is this machine's; shown by Describe",
        "ResourceConfig.VolumeKmsKeyId": _DISK,
        "VpcConfig": _NETWORK,
        "StoppingCondition.MaxPendingTimeInSeconds": "no job is pending; shown by Describe",
        "EnableNetworkIsolation": "the algorithm uses no network; shown by Describe",
        "EnableInterContainerTrafficEncryption": _ALONE,
        "DebugHookConfig.LocalPath": _SDK,
        "DebugHookConfig.S3OutputPath": _SDK,
        "ProfilerConfig": _SDK,
        "ProfilerRuleConfigurations": _SDK,
        "RetryStrategy": "no attempt ends by an internal server error; shown by Describe",
        "InfraCheckConfig": "there are no instances to check; shown by Describe",
    },
    "refused as AWS does": {
        "AlgorithmSpecification.MetricDefinitions": (
            "ValidationException: You can't override the metric definitions for Amazon SageMaker "
            "algorithms. [...]"
        ),
    },
}


def _model_container(path: str) -> dict[str, MemberPaths]:
    source = f"{path}.ModelDataSource.S3DataSource"
    return {
        "honoured": {
            f"{path}.Image": "images that run here only",
            f"{path}.Mode": "SingleModel only",
            f"{path}.ModelDataUrl": "",
            f"{path}.Environment": "",
            f"{source}.S3Uri": "",
            f"{source}.S3DataType": "S3Object, or S3Prefix for uncompressed data",
            f"{source}.CompressionType": "",
        },
        "no effect here": {
            f"{path}.ContainerHostname": "shown by Describe",
            f"{source}.ModelAccessConfig": "no model here has a licence; shown by Describe",
        },
    }


_PRIMARY, _PIPELINE = _model_container("PrimaryContainer"), _model_container("Containers")
_MODEL = {
    "honoured": {
        "ModelName": "",
        **_PRIMARY["honoured"],
        **_PIPELINE["honoured"],
        "ExecutionRoleArn": "",
        **_NO_TAGS_OF_AWS,
    },
    "no effect here": {
        **_PRIMARY["no effect here"],
        **_PIPELINE["no effect here"],
        "InferenceExecutionConfig": "only endpoints of pipelines read it; shown by Describe",
        "VpcConfig": _NETWORK,
        "EnableNetworkIsolation": "the algorithm uses no network; shown by Describe",
    },
}
_TRANSFORM = {
    "honoured": {
        "TransformJobName": "",
        "ModelName": "",
        "MaxConcurrentTransforms": "times MaxPayloadInMB at most 100",
        "ModelClientConfig": "",
        "MaxPayloadInMB": "",
        "BatchStrategy": "",
        "Environment": "",
        "TransformInput.DataSource.S3DataSource.S3DataType": "S3Prefix and ManifestFile only",
        "TransformInput.DataSource.S3DataSource.S3Uri": "",
        "TransformInput.ContentType": "",
        "TransformInput.CompressionType": "",
        "TransformInput.SplitType": "",
        "TransformOutput.S3OutputPath": "",
        "TransformOutput.Accept": "",
        "TransformOutput.AssembleWith": "",
        "TransformResources.InstanceType": "counts for its quota",
        "TransformResources.InstanceCount": "1 only",
        "DataProcessing": "",
        **_NO_TAGS_OF_AWS,
    },
    "no effect here": {
        "TransformOutput.KmsKeyId": _DISK,
        "TransformResources.VolumeKmsKeyId": _DISK,
        "TransformResources.TransformAmiVersion": "no AMI is used here; shown by Describe",
    },
}
_NOTEBOOK_NO_EFFECT = {
    "IpAddressType": _NETWORK,
    "VolumeSizeInGB": "the disk is this machine's, but a volume never shrinks; shown by Describe",
    "RootAccess": "JupyterLab runs as you; shown by Describe",
    "InstanceMetadataServiceConfiguration": "no metadata service runs here; shown by Describe",
}
_NOTEBOOK = {
    "honoured": {
        "NotebookInstanceName": "",
        "InstanceType": "counts for its quota",
        "RoleArn": "",
        **_NO_TAGS_OF_AWS,
        "LifecycleConfigName": "its scripts are not run, and the log says so",
        "DirectInternetAccess": "Disabled only with a SubnetId",
        "PlatformIdentifier": "platforms that have ended are refused",
    },
    "no effect here": {
        "SubnetId": _NETWORK,
        "SecurityGroupIds": _NETWORK,
        "KmsKeyId": _DISK,
        **_NOTEBOOK_NO_EFFECT,
    },
}
_NOTEBOOK_UPDATE = {
    "honoured": {
        "NotebookInstanceName": "",
        "InstanceType": "",
        "RoleArn": "",
        "PlatformIdentifier": "platforms that have ended are refused",
        "LifecycleConfigName": "",
        "DisassociateLifecycleConfig": "",
        "DisassociateAcceleratorTypes": "no instance here has any",
        "DisassociateDefaultCodeRepository": "no instance here has one",
        "DisassociateAdditionalCodeRepositories": "no instance here has any",
    },
    "no effect here": _NOTEBOOK_NO_EFFECT,
}
_LIFECYCLE = ("NotebookInstanceLifecycleConfigName", "OnCreate", "OnStart")
ROWS: Mapping[str, Mapping[str, MemberPaths]] = {
    "AddTags": {"honoured": {"ResourceArn": "", **_NO_TAGS_OF_AWS}},
    "CreateModel": _MODEL,
    "CreateNotebookInstance": _NOTEBOOK,
    "CreateNotebookInstanceLifecycleConfig": {
        "honoured": {**_plain(*_LIFECYCLE), **_NO_TAGS_OF_AWS}
    },
    "CreatePresignedNotebookInstanceUrl": {
        **_honoured("NotebookInstanceName"),
        "no effect here": {
            "SessionExpirationDurationInSeconds": "the URL is valid while the instance runs"
        },
    },
    "CreateTrainingJob": _TRAINING,
    "CreateTransformJob": _TRANSFORM,
    "DeleteModel": _honoured("ModelName"),
    "DeleteNotebookInstance": _honoured("NotebookInstanceName"),
    "DeleteNotebookInstanceLifecycleConfig": _honoured("NotebookInstanceLifecycleConfigName"),
    "DeleteTags": _honoured("ResourceArn", "TagKeys"),
    "DeleteTrainingJob": _honoured("TrainingJobName"),
    "DescribeModel": _honoured("ModelName"),
    "DescribeNotebookInstance": _honoured("NotebookInstanceName"),
    "DescribeNotebookInstanceLifecycleConfig": _honoured("NotebookInstanceLifecycleConfigName"),
    "DescribeTrainingJob": _honoured("TrainingJobName"),
    "DescribeTransformJob": _honoured("TransformJobName"),
    "ListModels": _honoured(*_LIST[:7]),
    "ListNotebookInstanceLifecycleConfigs": _honoured(*_LIST),
    "ListNotebookInstances": _honoured(
        *_LIST,
        "StatusEquals",
        "NotebookInstanceLifecycleConfigNameContains",
        "DefaultCodeRepositoryContains",
        "AdditionalCodeRepositoryEquals",
    ),
    "ListTags": _honoured("ResourceArn", "NextToken", "MaxResults"),
    "ListTrainingJobs": _honoured(
        *_LIST, "StatusEquals", "WarmPoolStatusEquals", "TrainingPlanArnEquals"
    ),
    "ListTransformJobs": _honoured(*_LIST, "StatusEquals"),
    "StartNotebookInstance": _honoured("NotebookInstanceName"),
    "StopNotebookInstance": _honoured("NotebookInstanceName"),
    "StopTrainingJob": _honoured("TrainingJobName"),
    "StopTransformJob": _honoured("TransformJobName"),
    "UpdateNotebookInstance": _NOTEBOOK_UPDATE,
    "UpdateNotebookInstanceLifecycleConfig": _honoured(*_LIFECYCLE),
    **ENDPOINT_ROWS,
    **TUNING_ROWS,
}
