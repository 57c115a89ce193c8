"""Tags of any resource: AddTags, ListTags, DeleteTags."""

from helpers.local.resources.call import Call
from helpers.local.wire.errors import AwsError, ValidationException

MOST = 50  # tags of a resource (API_AddTags)
PAGE = 50


def add_tags(call: Call) -> dict:
    arn = _find(call)
    if not call.database.put_tags(arn, call.params["Tags"], MOST):
        raise AwsError("ResourceLimitExceeded", f"A resource can have at most {MOST} tags: {arn}")
    return {"Tags": call.database.tags(arn)}


def list_tags(call: Call) -> dict:
    tags = call.database.tags(_find(call))
    start = _place(call.params.get("NextToken", "0"))
    end = start + call.params.get("MaxResults", PAGE)
    return {"Tags": tags[start:end], "NextToken": str(end) if end < len(tags) else None}


def delete_tags(call: Call) -> dict:
    call.database.delete_tags(_find(call), call.params["TagKeys"])
    return {}


def _place(token: str) -> int:
    if not token.isdecimal():
        raise ValidationException("Invalid NextToken: start the list again without it.")
    return int(token)


def _find(call: Call) -> str:
    """The ARN of the request, if its resource exists in this account and region."""
    arn = call.params["ResourceArn"]
    if arn.split(":")[3:4] != [call.region] or not call.database.has(arn):
        raise ValidationException(f"Could not find resource: {arn}")
    return arn
