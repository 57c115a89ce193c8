"""Application Auto Scaling of endpoints, which is refused: moto would store it and never scale."""

from helpers.local.wire import aws_json
from helpers.local.wire.errors import ValidationException

_SERVICE = "application-autoscaling"
_CHANGES = ("PutScalingPolicy", "PutScheduledAction", "RegisterScalableTarget")


def refuse(target: str, body: bytes) -> None:
    """Refuse a request that would have an endpoint scaled.

    Parameters
    ----------
    target
        The header ``X-Amz-Target`` of a request to Application Auto Scaling.
    body
        The JSON document.

    Raises
    ------
    AwsError
        ValidationException if it is about SageMaker; what `aws_json.parse` raises.
    """
    operation, params = aws_json.parse(target, body, _SERVICE)
    if operation in _CHANGES and params.get("ServiceNamespace") == "sagemaker":
        raise ValidationException(
            f"The Local SageMaker does not serve {operation} of SageMaker's endpoints: nothing "
            "here would scale them. To set the number of a variant's instances, call "
            "UpdateEndpointWeightsAndCapacities. On AWS the same call works: see "
            "helpers.connect(backend='aws')."
        )
