"""Endpoints for tests: models whose predictions differ, configurations, and calls."""

from typing import Any

FAST = {"Delay": 1, "MaxAttempts": 60}
ARN = "arn:aws:sagemaker:us-east-1:111122223333"
PING = (
    "The primary container for production variant AllTraffic did not pass the ping health check. "
    "Please check CloudWatch logs for this endpoint."
)


def variant(model: str, name: str = "AllTraffic", **changes: Any) -> dict:
    """Return a member of ProductionVariants."""
    return {
        "VariantName": name,
        "ModelName": model,
        "InstanceType": "ml.t2.medium",
        "InitialInstanceCount": 1,
    } | changes


def configure(sagemaker, name: str, *variants: dict) -> None:
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=list(variants))


def wait_in_service(sagemaker, name: str) -> dict:
    """Wait as boto3 does, and describe the endpoint."""
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=FAST)
    return sagemaker.describe_endpoint(EndpointName=name)


def update(sagemaker, name: str, config: str, **more: Any) -> dict:
    """Update an endpoint, wait, and describe it."""
    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config, **more)
    return wait_in_service(sagemaker, name)


def ask(runtime, name: str, **more: Any) -> tuple[float, str]:
    """Return an endpoint's prediction for one row, and the variant that made it."""
    answer = runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body="3", **more)
    return float(answer["Body"].read()), answer["InvokedProductionVariant"]
