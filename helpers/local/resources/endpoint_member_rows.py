"""The rows of `request_members.py` for endpoints and their configurations."""

from helpers.local.resources.shared_member_rows import (
    CREATED,
    DISK,
    MODIFIED,
    NETWORK,
    PAGE,
    TAGS,
    honoured,
)

_VARIANT = "ProductionVariants"
_LIST = (*PAGE, "NameContains", *CREATED)
_DEPLOYMENT = {
    "DeploymentConfig.BlueGreenUpdatePolicy": "the limits of sizes and times are AWS's",
    "DeploymentConfig.RollingUpdatePolicy": "of one variant; the limits are AWS's",
    "DeploymentConfig.AutoRollbackConfiguration": "the alarms must exist",
}
_CONFIG = {
    "honoured": {
        "EndpointConfigName": "",
        f"{_VARIANT}.VariantName": "unique",
        f"{_VARIANT}.ModelName": "of one container",
        f"{_VARIANT}.InstanceType": "counts for its quota",
        f"{_VARIANT}.InitialInstanceCount": "a process each",
        f"{_VARIANT}.InitialVariantWeight": "",
        f"{_VARIANT}.ServerlessConfig": "one container takes all calls, up to MaxConcurrency",
        f"{_VARIANT}.ContainerStartupHealthCheckTimeoutInSeconds": "",
        f"{_VARIANT}.RoutingConfig.RoutingStrategy": "RANDOM and LEAST_OUTSTANDING_REQUESTS",
        "DataCaptureConfig": "",
        "AsyncInferenceConfig.ClientConfig": "four calls at once a container unless it says more",
        "AsyncInferenceConfig.OutputConfig.S3OutputPath": "",
        "AsyncInferenceConfig.OutputConfig.S3FailurePath": "",
        "AsyncInferenceConfig.OutputConfig.NotificationConfig.SuccessTopic": "",
        "AsyncInferenceConfig.OutputConfig.NotificationConfig.ErrorTopic": "",
        **TAGS,
    },
    "no effect here": {
        f"{_VARIANT}.VolumeSizeInGB": (
            "the disk is this machine's; refused for types with local storage; shown by Describe"
        ),
        f"{_VARIANT}.ModelDataDownloadTimeoutInSeconds": "objects are on this disk already",
        f"{_VARIANT}.EnableSSMAccess": "there is no machine to log in to; shown by Describe",
        f"{_VARIANT}.InferenceAmiVersion": "no AMI is used here; shown by Describe",
        "AsyncInferenceConfig.OutputConfig.KmsKeyId": DISK,
        "KmsKeyId": DISK,
        "ExecutionRoleArn": "only inference components read it; shown by Describe",
        "VpcConfig": NETWORK,
    },
    "refused as AWS does": {
        f"{_VARIANT}.ManagedInstanceScaling": (
            "ValidationException: ManagedInstanceScaling is only supported for inference component "
            "endpoints."
        ),
        "EnableNetworkIsolation": (
            "ValidationException: EnableNetworkIsolation is only supported for inference component "
            "endpoints."
        ),
    },
}
ENDPOINT_ROWS = {
    "CreateEndpoint": {
        "honoured": {
            "EndpointName": "its case counts in calls, not for its uniqueness",
            "EndpointConfigName": "",
            **_DEPLOYMENT,
            **TAGS,
        }
    },
    "CreateEndpointConfig": _CONFIG,
    "DeleteEndpoint": honoured("EndpointName"),
    "DeleteEndpointConfig": honoured("EndpointConfigName"),
    "DescribeEndpoint": honoured("EndpointName"),
    "DescribeEndpointConfig": honoured("EndpointConfigName"),
    "ListEndpointConfigs": honoured(*_LIST),
    "ListEndpoints": honoured(*_LIST, *MODIFIED, "StatusEquals"),
    "UpdateEndpoint": {
        "honoured": {
            "EndpointName": "",
            "EndpointConfigName": "",
            "RetainAllVariantProperties": "",
            "ExcludeRetainedVariantProperties": "",
            "RetainDeploymentConfig": "",
            **_DEPLOYMENT,
        }
    },
    "UpdateEndpointWeightsAndCapacities": {
        "honoured": {
            "EndpointName": "",
            "DesiredWeightsAndCapacities.VariantName": "",
            "DesiredWeightsAndCapacities.DesiredWeight": "one must be above 0",
            "DesiredWeightsAndCapacities.DesiredInstanceCount": "counts for its quota",
        }
    },
}
