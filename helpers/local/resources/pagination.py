"""List operations: as on AWS, a page is taken first, and filtered then."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from helpers.catalog.resource_types import ResourceType
from helpers.local.resources.call import Call
from helpers.local.state.database import Document
from helpers.local.state.documents import load_members
from helpers.local.state.page_query import PageQuery
from helpers.local.wire import page_token
from helpers.local.wire.errors import ValidationException

PAGE = 10  # what one answer takes if MaxResults is not given
COLUMNS = {
    "Name": "name",
    "Status": "status",
    "LastModifiedTime": "modified",
    "FinalObjectiveMetricValue": "objective",
}
TIMES = {  # parameter: column and operator
    "CreationTimeAfter": ("created", ">="),
    "CreationTimeBefore": ("created", "<="),
    "LastModifiedTimeAfter": ("modified", ">="),
    "LastModifiedTimeBefore": ("modified", "<="),
}


def list_page(
    call: Call,
    resource: ResourceType,
    members: Iterable[str],
    *,
    order: str = "Descending",
    sort_by: str = "CreationTime",
    parent: tuple[str, datetime] | None = None,
    fits: Callable[[Document], bool] = lambda document: True,
) -> tuple[list[Document], str | None]:
    """Return one page of summaries, and the NextToken if there are more.

    The next MaxResults resources are taken in the order of the list; of these, the answer has
    those that NameContains, StatusEquals and `fits` let pass. So a page may be empty although later
    ones are not (ListTrainingJobs in the service model; boto3 issues 2521 and 4020 for models). The
    times restrict what is taken; what AWS does with them isn't public.

    Parameters
    ----------
    call
        Its parameters are those of a List operation.
    resource
        The type.
    members
        Of a resource's document that its summary shows.
    order, sort_by
        The operation's default SortOrder and SortBy. Equal sort keys are told apart by name, so
        that pages neither repeat nor skip a resource while others are created and deleted.
    parent
        The ARN of a tuning job and when it was created: only its training jobs. An earlier tuning
        job may have had the same name.
    fits
        Another filter of the operation, by members of the summary.

    Raises
    ------
    ValidationException
        For a NextToken of another list: of another operation, Region or order.
    """
    params = call.params
    column = COLUMNS.get(params.get("SortBy") or sort_by, "created")
    limit = params.get("MaxResults", PAGE)
    is_descending = (params.get("SortOrder") or order) == "Descending"
    scope = [resource.arn_type, call.region, column, is_descending]
    times = [(*TIMES[name], params[name].timestamp()) for name in TIMES if name in params]
    arn, created = parent or (None, None)
    if created is not None:
        times.append(("created", ">=", created.timestamp()))
    query = PageQuery(
        *scope,
        limit + 1,
        tuple(times),
        arn,
        _position(params["NextToken"], scope) if "NextToken" in params else None,
    )
    rows = call.database.page(query)
    page = rows[:limit]
    token = page_token.encode([*scope, *page[-1][:2]]) if len(rows) > limit else None
    summaries = (
        load_members(text, members)
        for _, name, status, text in page
        if _matches(params, name, status)
    )
    return [summary for summary in summaries if fits(summary)], token


def _matches(params: dict[str, Any], name: str, status: str | None) -> bool:
    return params.get("NameContains", "").lower() in name.lower() and (
        "StatusEquals" not in params or params["StatusEquals"] == status
    )


def _position(token: str, scope: list[str | bool]) -> tuple[str | float, str]:
    """Return where a page ended, if the token is of the same list.

    AWS's tokens can't be read; its text for one of another list is not public, and this is ours.
    """
    kind = float if scope[2] in ("created", "modified", "objective") else str
    values = page_token.decode(token)
    if len(values) == len(scope) + 2 and values[:-2] == scope:
        value, name = values[-2:]
        if isinstance(value, kind) and isinstance(name, str):
            return (value, name)
    raise ValidationException("Invalid NextToken: start the list again without it.")
