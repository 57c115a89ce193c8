"""FilterLogEvents by the prefix of the streams' names, a parameter that moto ignores.

Without it the response holds every job's lines, since all training jobs share a group.
"""

import json

from moto.logs.exceptions import InvalidParameterException
from moto.logs.responses import LogsResponse

NO_STREAM = ":"  # no stream can have this name: it must not hold a colon
_moto_filter = LogsResponse.filter_log_events


def patch_moto() -> None:
    """Make moto select the streams by the prefix of their names."""
    LogsResponse.filter_log_events = _filter_log_events


def _filter_log_events(response: LogsResponse) -> str:
    if prefix := response._get_param("logStreamNamePrefix"):
        # API reference of FilterLogEvents: one of the two, else InvalidParameterException
        if names := response._get_param("logStreamNames"):
            raise InvalidParameterException(
                constraint="can't be given together with logStreamNames",
                parameter="logStreamNamePrefix",
                value=f"{prefix}, {names}",
            )
        group = response.logs_backend.groups.get(response._get_param("logGroupName"))
        names = [name for name in (group.streams if group else ()) if name.startswith(prefix)]
        params = {**json.loads(response.body), "logStreamNames": names or [NO_STREAM]}
        response.body = json.dumps(params)
    return _moto_filter(response)
