"""The rows of `request_members.py`: for each operation its members by what becomes of them.

A path holds for all members below it; members of a list's elements are named as if the list were a
structure. The notes are shown in the table.
"""

from collections.abc import Mapping

from helpers.local.resources.endpoint_member_rows import ENDPOINT_ROWS
from helpers.local.resources.shared_member_rows import (
    CREATED,
    DISK,
    MODIFIED,
    NETWORK,
    NO_KEY,
    PAGE,
    TAGS,
    TRAINING_HONOURED,
    TRAINING_NO_EFFECT,
    MemberPaths,
    honoured,
    plain,
)
from helpers.local.resources.tuning_member_rows import TUNING_ROWS

_SDK = "SDK 2 sends it unasked; nothing is profiled; shown by Describe"
_LIST = (*PAGE, "NameContains", *CREATED, *MODIFIED)
_TRAINING = {
    "honoured": {
        "TrainingJobName": "",
        "HyperParameters": "",
        **TRAINING_HONOURED,
        **TAGS,
        "AlgorithmSpecification.ContainerEntrypoint": "runs in images that run scripts",
        "AlgorithmSpecification.ContainerArguments": "likewise",
        "CheckpointConfig": "LocalPath in /opt/ml/checkpoints; of a script, in /opt/ml",
    },
    "no effect here": {
        **TRAINING_NO_EFFECT,
        "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries": "shown by Describe",
        "DebugHookConfig.LocalPath": _SDK,
        "DebugHookConfig.S3OutputPath": _SDK,
        "ProfilerConfig": _SDK,
        "ProfilerRuleConfigurations": _SDK,
        "InfraCheckConfig": "there are no instances to check; shown by Describe",
    },
}


def _model_container(path: str) -> dict[str, MemberPaths]:
    source = f"{path}.ModelDataSource.S3DataSource"
    return {
        "honoured": {
            f"{path}.Image": "images that run here only",
            f"{path}.Mode": "MultiModel of images that serve many models only",
            f"{path}.MultiModelConfig.ModelCacheSetting": "",
            f"{path}.ModelDataUrl": "",
            f"{path}.Environment": (
                "32 KB in all containers; SAGEMAKER_PROGRAM in images that run scripts only"
            ),
            f"{source}.S3Uri": "of S3DataType S3Prefix with a slash at its end",
            f"{source}.S3DataType": "S3Object, or S3Prefix for uncompressed data",
            f"{source}.CompressionType": "",
        },
        "no effect here": {
            f"{path}.ContainerHostname": "for all containers or none; shown by Describe",
            f"{source}.ModelAccessConfig": "no model here has a licence; shown by Describe",
        },
    }


_PRIMARY, _PIPELINE = _model_container("PrimaryContainer"), _model_container("Containers")
_MODEL = {
    "honoured": {
        "ModelName": "",
        **_PRIMARY["honoured"],
        **_PIPELINE["honoured"],
        "EnableNetworkIsolation": "for scripts; an algorithm uses no network",
        "ExecutionRoleArn": "",
        **TAGS,
    },
    "no effect here": {
        **_PRIMARY["no effect here"],
        **_PIPELINE["no effect here"],
        "InferenceExecutionConfig": (
            "only endpoints of pipelines read it; Direct needs several containers with hostnames; "
            "shown by Describe"
        ),
        "VpcConfig": NETWORK,
    },
}
_TRANSFORM = {
    "honoured": {
        "TransformJobName": "",
        "ModelName": "",
        "MaxConcurrentTransforms": "times MaxPayloadInMB at most 100",
        "ModelClientConfig": "",
        "MaxPayloadInMB": "0 for scripts only",
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
        "TransformResources.InstanceCount": "1 to 4, a process each",
        "DataProcessing": "",
        **TAGS,
    },
    "no effect here": {
        "TransformOutput.KmsKeyId": DISK,
        "TransformResources.VolumeKmsKeyId": f"{DISK}; {NO_KEY}",
        "TransformResources.TransformAmiVersion": "no AMI is used here; shown by Describe",
    },
}
_NOTEBOOK_NO_EFFECT = {
    "IpAddressType": NETWORK,
    "VolumeSizeInGB": "the disk is this machine's, but a volume never shrinks; shown by Describe",
    "RootAccess": "JupyterLab runs as you; shown by Describe",
    "InstanceMetadataServiceConfiguration": "no metadata service runs here; shown by Describe",
}
_NOTEBOOK = {
    "honoured": {
        "NotebookInstanceName": "",
        "InstanceType": "counts for its quota",
        "RoleArn": "",
        **TAGS,
        "LifecycleConfigName": "its scripts are not run, and the log says so",
        "DirectInternetAccess": "Disabled only with a SubnetId",
        "PlatformIdentifier": "platforms that have ended are refused",
    },
    "no effect here": {
        "SubnetId": NETWORK,
        "SecurityGroupIds": NETWORK,
        "KmsKeyId": DISK,
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
    "AddTags": {"honoured": {"ResourceArn": "", **TAGS}},
    "CreateModel": _MODEL,
    "CreateNotebookInstance": _NOTEBOOK,
    "CreateNotebookInstanceLifecycleConfig": {"honoured": {**plain(*_LIFECYCLE), **TAGS}},
    "CreatePresignedNotebookInstanceUrl": {
        **honoured("NotebookInstanceName"),
        "no effect here": {
            "SessionExpirationDurationInSeconds": "the URL is valid while the instance runs"
        },
    },
    "CreateTrainingJob": _TRAINING,
    "CreateTransformJob": _TRANSFORM,
    "DeleteModel": honoured("ModelName"),
    "DeleteNotebookInstance": honoured("NotebookInstanceName"),
    "DeleteNotebookInstanceLifecycleConfig": honoured("NotebookInstanceLifecycleConfigName"),
    "DeleteTags": honoured("ResourceArn", "TagKeys"),
    "DeleteTrainingJob": honoured("TrainingJobName"),
    "DescribeModel": honoured("ModelName"),
    "DescribeNotebookInstance": honoured("NotebookInstanceName"),
    "DescribeNotebookInstanceLifecycleConfig": honoured("NotebookInstanceLifecycleConfigName"),
    "DescribeTrainingJob": honoured("TrainingJobName"),
    "DescribeTransformJob": honoured("TransformJobName"),
    "ListModels": honoured(*_LIST[:7]),
    "ListNotebookInstanceLifecycleConfigs": honoured(*_LIST),
    "ListNotebookInstances": honoured(
        *_LIST,
        "StatusEquals",
        "NotebookInstanceLifecycleConfigNameContains",
        "DefaultCodeRepositoryContains",
        "AdditionalCodeRepositoryEquals",
    ),
    "ListTags": honoured("ResourceArn", "NextToken", "MaxResults"),
    "ListTrainingJobs": honoured(
        *_LIST, "StatusEquals", "WarmPoolStatusEquals", "TrainingPlanArnEquals"
    ),
    "ListTransformJobs": honoured(*_LIST, "StatusEquals"),
    "StartNotebookInstance": honoured("NotebookInstanceName"),
    "StopNotebookInstance": honoured("NotebookInstanceName"),
    "StopTrainingJob": honoured("TrainingJobName"),
    "StopTransformJob": honoured("TransformJobName"),
    "UpdateNotebookInstance": _NOTEBOOK_UPDATE,
    "UpdateNotebookInstanceLifecycleConfig": honoured(*_LIFECYCLE),
    **ENDPOINT_ROWS,
    **TUNING_ROWS,
}
