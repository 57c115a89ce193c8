"""Members that contradict each other, or a limit that the service model doesn't state.

Each is a row: when it holds, what AWS answers, and where that answer was seen. The table
`request_members.md` shows the rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from helpers.local.wire.errors import AwsError

DEFAULT_MAX_RUNTIME_SECONDS = 86_400  # API_StoppingCondition
MAX_RUNTIME_SECONDS = 28 * 86_400
MAX_IN_FLIGHT_MB = 100  # MaxConcurrentTransforms times MaxPayloadInMB (API_CreateTransformJob)


@dataclass(frozen=True)
class Contradiction:
    """A request that AWS refuses although each of its members is valid.

    Parameters
    ----------
    operations
        Whose requests it concerns.
    when
        The case in words, for the table.
    message
        ``message(params)`` returns the text of the refusal, "" if the rule does not apply.
    source
        Where the text, or else the rule, is public.
    code
        Of the error.
    """

    operations: tuple[str, ...]
    when: str
    message: Callable[[Mapping[str, Any]], str]
    source: str
    code: str = "ValidationException"


def check_contradictions(operation: str, params: Mapping[str, Any]) -> None:
    """Refuse a request that contradicts itself. Raises AwsError with AWS's code and text."""
    for row in CONTRADICTIONS:
        if operation in row.operations and (message := row.message(params)):
            raise AwsError(row.code, message)


def _wait_without_spot(params: Mapping[str, Any]) -> str:
    if params.get("EnableManagedSpotTraining"):
        return ""
    if "MaxWaitTimeInSeconds" not in params.get("StoppingCondition", {}):
        return ""
    return (
        "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set "
        "to true"
    )


def _spot_without_wait(params: Mapping[str, Any]) -> str:
    stopping = params.get("StoppingCondition", {})
    runtime = stopping.get("MaxRuntimeInSeconds", DEFAULT_MAX_RUNTIME_SECONDS)
    if not params.get("EnableManagedSpotTraining"):
        return ""
    if stopping.get("MaxWaitTimeInSeconds", 0) >= runtime:
        return ""
    return (
        "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
        "MaxRuntimeInSeconds"
    )


def _runtime_over_limit(params: Mapping[str, Any]) -> str:
    seconds = params.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", 0)
    if seconds <= MAX_RUNTIME_SECONDS:
        return ""
    return (
        f"1 validation error detected: Value '{seconds}' at "
        "'stoppingCondition.maxRuntimeInSeconds' failed to satisfy constraint: Member must have "
        f"value less than or equal to {MAX_RUNTIME_SECONDS}"
    )


def _warm_pool(params: Mapping[str, Any]) -> str:
    resources = params.get("ResourceConfig", {})
    if not resources.get("KeepAlivePeriodInSeconds"):
        return ""
    count = resources.get("InstanceCount", 1)
    return (
        f"The account-level service limit '{resources.get('InstanceType')} for training warm pool "
        "usage' is 0 Instances, with current utilization of 0 Instances and a request delta of "
        f"{count} Instances. Please use AWS Service Quotas to request an increase for this quota. "
        "If AWS Service Quotas is not available, contact AWS support to request an increase for "
        "this quota."
    )


def _gzip_outside_pipe_mode(params: Mapping[str, Any]) -> str:
    default = params.get("AlgorithmSpecification", {}).get("TrainingInputMode", "File")
    for channel in params.get("InputDataConfig", ()):
        mode = channel.get("InputMode") or default
        if mode != "Pipe" and channel.get("CompressionType", "None") != "None":
            return (
                f"Invalid compression type for channel {channel['ChannelName']}: {mode} mode only "
                f"supports NONE, got {channel['CompressionType']} instead"
            )
    return ""


def _record_wrapper(params: Mapping[str, Any]) -> str:
    for channel in params.get("InputDataConfig", ()):
        if channel.get("RecordWrapperType", "None") != "None":
            return (
                "The Local SageMaker does not serve recordWrapperType RecordIO of channel "
                f"{channel['ChannelName']}: leave it out, as AWS asks in File mode."
            )
    return ""


def _tags_of_aws(params: Mapping[str, Any]) -> str:
    if any(tag["Key"].lower().startswith("aws:") for tag in params.get("Tags", ())):
        return "aws: prefixed tag key names are not allowed for external use."
    return ""


def _repeated_tag(params: Mapping[str, Any]) -> str:
    keys = [tag["Key"] for tag in params.get("Tags", ())]
    return "Duplicate tag key" if len(set(keys)) < len(keys) else ""


def _too_much_in_flight(params: Mapping[str, Any]) -> str:
    # 0 leaves the number of requests to the container: one at least
    megabytes = (params.get("MaxConcurrentTransforms") or 1) * params.get("MaxPayloadInMB", 6)
    if megabytes <= MAX_IN_FLIGHT_MB:
        return ""
    return (
        "MaxConcurrentTransforms * MaxPayloadInMB must not exceed "
        f"{MAX_IN_FLIGHT_MB} MB, and is {megabytes}."
    )


_TRAINING = ("CreateTrainingJob",)
_TAGGING = (
    "AddTags",
    "CreateEndpoint",
    "CreateEndpointConfig",
    "CreateHyperParameterTuningJob",
    "CreateModel",
    "CreateNotebookInstance",
    "CreateNotebookInstanceLifecycleConfig",
    "CreateTrainingJob",
    "CreateTransformJob",
)
CONTRADICTIONS = (
    Contradiction(
        _TRAINING,
        "MaxWaitTimeInSeconds without EnableManagedSpotTraining",
        _wait_without_spot,
        "aws/sagemaker-python-sdk issues 1011 and 4140",
    ),
    Contradiction(
        _TRAINING,
        "EnableManagedSpotTraining, and MaxWaitTimeInSeconds missing or below MaxRuntimeInSeconds",
        _spot_without_wait,
        "aws/amazon-sagemaker-examples issue 869",
    ),
    Contradiction(
        _TRAINING,
        "MaxRuntimeInSeconds over 28 days",
        _runtime_over_limit,
        "the limit: API_StoppingCondition; the wording is that of other limits",
    ),
    Contradiction(
        _TRAINING,
        "KeepAlivePeriodInSeconds: a warm pool, whose quota is 0 in a new account",
        _warm_pool,
        "the developer guide, Request a warm pool quota increase; the wording is that of quotas",
        code="ResourceLimitExceeded",
    ),
    Contradiction(
        _TRAINING,
        "CompressionType Gzip of a channel that isn't in Pipe mode",
        _gzip_outside_pipe_mode,
        "aws/sagemaker-python-sdk issue 716 for File mode",
    ),
    Contradiction(
        _TRAINING,
        "RecordWrapperType RecordIO",
        _record_wrapper,
        "API_Channel for File mode; the wording is ours",
    ),
    Contradiction(
        ("CreateTransformJob",),
        "MaxConcurrentTransforms times MaxPayloadInMB over 100",
        _too_much_in_flight,
        "the limit: API_CreateTransformJob; the wording is ours",
    ),
    Contradiction(
        _TAGGING,
        "a tag whose key starts with aws:, in any case of letters",
        _tags_of_aws,
        "the text of other services by CloudFormation; SageMaker's own is not public",
    ),
    Contradiction(
        _TAGGING,
        "two tags with the same key",
        _repeated_tag,
        "API_Tag; the text is that of CreateTrialComponent (sagemaker-python-sdk pull 3608)",
    ),
)
