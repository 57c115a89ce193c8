"""What the parts of one Local SageMaker share."""

import threading
from dataclasses import dataclass, field

from helpers.local.home import Home
from helpers.local.runtime.status_events import StatusEvents
from helpers.local.state.database import Database
from helpers.local.state.logs.store import LogStore
from helpers.local.state.metrics import MetricStore


@dataclass(frozen=True)
class Context:
    """Where a server keeps things, and how its parts tell each other of changes.

    Parameters
    ----------
    home, database, logs
        The folder, the resources and the log streams.
    metrics
        What CloudWatch shows of the resources.
    statuses
        Wakes those who wait for a resource.
    closing
        Set when the server shuts down.
    """

    home: Home
    database: Database
    logs: LogStore
    metrics: MetricStore | None = None
    statuses: StatusEvents = field(default_factory=StatusEvents)
    closing: threading.Event = field(default_factory=threading.Event)
