"""Tags of any resource: AddTags, ListTags, DeleteTags."""

from helpers.local.resources.call import Call
from helpers.local.wire.errors import AwsError, ValidationException

MOST = 50  # tags of a resource (API_AddTags)


def add_tags(call: Call) -> dict:
    arn = _find(call)
    if not call.database.put_tags(arn, call.params["Tags"], MOST):
        raise AwsError("ResourceLimitExceeded", f"A resource can have at most {MOST} tags: {arn}")
    return {"Tags": call.database.tags(arn)}


def list_tags(call: Call) -> dict:
    """All tags at once: a page holds at least 50 (API_ListTags), a resource has at most that."""
    if call.params.get("NextToken"):
        raise ValidationException("Invalid NextToken: start the list again without it.")
    return {"Tags": call.database.tags(_find(call))}


def delete_tags(call: Call) -> dict:
    call.database.delete_tags(_find(call), call.params["TagKeys"])
    return {}


def _find(call: Call) -> str:
    """The ARN of the request, if its resource exists in this account and region."""
    arn = call.params["ResourceArn"]
    if arn.split(":")[3:4] != [call.region] or not call.database.exists(arn):
        raise ValidationException(f"Could not find resource: {arn}")
    return arn
