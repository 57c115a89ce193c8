"""The rows of `request_members.py` for endpoints and their configurations."""

_VARIANT = "ProductionVariants"
_DISK = "nothing is encrypted on this machine's disk; shown by Describe"
_NETWORK = "this machine has no VPC; shown by Describe"
_LIST = ("NextToken", "MaxResults", "SortBy", "SortOrder", "NameContains")
_CREATED = ("CreationTimeAfter", "CreationTimeBefore")
_MODIFIED = ("LastModifiedTimeAfter", "LastModifiedTimeBefore")
_TAGS = {"Tags": "keys that start with aws: are refused"}
_DEPLOYMENT = {
    "DeploymentConfig.BlueGreenUpdatePolicy": "the limits of sizes and times are AWS's",
    "DeploymentConfig.RollingUpdatePolicy": "the limits of sizes and times are AWS's",
    "DeploymentConfig.AutoRollbackConfiguration": "the alarms must exist",
}


def _plain(*paths: str) -> dict[str, str]:
    return dict.fromkeys(paths, "")


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
        **_TAGS,
    },
    "no effect here": {
        f"{_VARIANT}.VolumeSizeInGB": "the disk is this machine's; shown by Describe",
        f"{_VARIANT}.ModelDataDownloadTimeoutInSeconds": "objects are on this disk already",
        f"{_VARIANT}.EnableSSMAccess": "there is no machine to log in to; shown by Describe",
        f"{_VARIANT}.InferenceAmiVersion": "no AMI is used here; shown by Describe",
        "AsyncInferenceConfig.OutputConfig.KmsKeyId": _DISK,
        "KmsKeyId": _DISK,
        "ExecutionRoleArn": "only inference components read it; shown by Describe",
        "VpcConfig": _NETWORK,
        "EnableNetworkIsolation": "the algorithm uses no network; shown by Describe",
    },
    "refused as AWS does": {
        f"{_VARIANT}.ManagedInstanceScaling": (
            "ValidationException: ManagedInstanceScaling is only supported for inference component "
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
            **_TAGS,
        }
    },
    "CreateEndpointConfig": _CONFIG,
    "DeleteEndpoint": {"honoured": _plain("EndpointName")},
    "DeleteEndpointConfig": {"honoured": _plain("EndpointConfigName")},
    "DescribeEndpoint": {"honoured": _plain("EndpointName")},
    "DescribeEndpointConfig": {"honoured": _plain("EndpointConfigName")},
    "ListEndpointConfigs": {"honoured": _plain(*_LIST, *_CREATED)},
    "ListEndpoints": {"honoured": _plain(*_LIST, *_CREATED, *_MODIFIED, "StatusEquals")},
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
