"""Stop and delete: what the page says of it, and the call of the control plane that does it."""

import json

from helpers.local.console.shown_types import ShownType
from helpers.local.resources.control_plane import ControlPlane
from helpers.local.wire.aws_json import TARGET_PREFIX

CONSEQUENCES = {
    ("stop", "jobs"): "It saves the model that it has so far, if the algorithm can. It can't be "
    "continued.",
    ("stop", "hyper-tuning-jobs"): "Its running training jobs are stopped too.",
    ("stop", "transform-jobs"): "It can't be continued.",
    ("stop", "notebook-instances"): "Its kernels end. Your files stay.",
    ("delete", "endpoints"): "It answers no more invocations. Its configuration and its models "
    "stay.",
    ("delete", "models"): "Its artifacts stay on S3. Endpoints that use it keep serving.",
    ("delete", "jobs"): "Its artifacts and its log stay.",
    ("delete", "hyper-tuning-jobs"): "Its training jobs stay.",
    ("delete", "notebook-instances"): "Your files stay: here they are the checkout's.",
}


def consequence(shown_type: ShownType, action: str) -> str:
    """Return what else a learner should know before it happens."""
    return CONSEQUENCES.get((action, shown_type.slug), "")


async def apply(
    control_plane: ControlPlane, region: str, shown_type: ShownType, action: str, name: str
) -> None:
    """Stop or delete a resource, by the operation that boto3 would call. Raises AwsError."""
    target = f"{TARGET_PREFIX}{action.capitalize()}{shown_type.resource.prefix}"
    body = json.dumps({shown_type.resource.name_member: name}).encode()
    await control_plane.answer(target, body, region, user_agent="console")
