"""What DescribeEndpoint shows of an endpoint's document."""

from helpers.local.containers import registry
from helpers.local.runtime.hosting import capture
from helpers.local.runtime.hosting.variant_spec import VariantSpec
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document

ASYNC, CAPTURE, DEPLOYMENT = "AsyncInferenceConfig", "DataCaptureConfig", "DeploymentConfig"
HIDDEN = ("Fleet", "Next", CAPTURE, DEPLOYMENT)  # what no answer shows as it is


def described(document: Document) -> dict:
    """Return the answer of DescribeEndpoint.

    While an endpoint is created it shows no variants yet; while it is updated the old ones, and the
    new ones as the pending deployment.
    """
    answer = {member: value for member, value in document.items() if member not in HIDDEN}
    if document["EndpointStatus"] not in ("Creating", "Failed"):
        answer["ProductionVariants"] = [_shown_variant(spec) for spec in document["Fleet"]]
    if DEPLOYMENT in document:
        answer["LastDeploymentConfig"] = document[DEPLOYMENT]
    if CAPTURE in document:
        answer[CAPTURE] = capture.shown(document[CAPTURE])
    if "Next" in document or document["EndpointStatus"] == "Creating":
        pending = document.get("Next", document)
        answer["PendingDeploymentSummary"] = {
            "EndpointConfigName": pending["EndpointConfigName"],
            "ProductionVariants": [
                _pending_variant(spec, pending.get("VariantStatus")) for spec in pending["Fleet"]
            ],
            "StartTime": document["LastModifiedTime"],
        }
    return answer


def deployed_images(uri: str, region: str) -> list[dict]:
    """Return the DeployedImages of a variant that is deployed now."""
    image = registry.resolve(uri, region)
    return [{"SpecifiedImage": uri, "ResolvedImage": image.resolved_uri, "ResolutionTime": now()}]


def _shown_variant(spec: VariantSpec) -> dict:
    shown = {
        "VariantName": spec["VariantName"],
        "DeployedImages": spec.get("DeployedImages", []),  # absent if deployed long ago
        "CurrentWeight": spec["Weight"],
        "DesiredWeight": spec["DesiredWeight"],
    }
    if "Serverless" in spec:
        return {**shown, "CurrentInstanceCount": 0, "CurrentServerlessConfig": spec["Serverless"]}
    return {
        **shown,
        "CurrentInstanceCount": spec["InstanceCount"],
        "DesiredInstanceCount": spec["DesiredInstanceCount"],
    }


def _pending_variant(spec: VariantSpec, status: list[dict] | None) -> dict:
    shown = _shown_variant(spec)
    if "InstanceType" in spec:
        shown["InstanceType"] = spec["InstanceType"]
    return shown if status is None else {**shown, "VariantStatus": status}
