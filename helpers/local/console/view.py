"""What a page is made from: a Region, what was asked for, and the server's own state."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from helpers.local.console.content import Link
from helpers.local.console.urls import arn_url, page_url, s3_url
from helpers.local.resources.call import Call
from helpers.local.runtime.context import Context
from helpers.local.runtime.runner import Runner
from helpers.local.state.database import Database


@dataclass(frozen=True)
class View:
    """A request for a page.

    Parameters
    ----------
    region
        Whose resources it shows.
    runner
        Where the workloads run.
    query
        The parameters of its address.
    """

    region: str
    runner: Runner
    query: Mapping[str, str]

    @property
    def context(self) -> Context:
        return self.runner.context

    @property
    def database(self) -> Database:
        return self.runner.context.database

    def call(self, **params: Any) -> Call:
        """Return a call of an operation, for functions of the control plane that only read."""
        return Call(params, self.region, self.runner)

    def link(self, *parts: str, text: str = "", **query: str | None) -> Link:
        """Return a link to a page of this Region, named by the last part of its address."""
        return Link(text or parts[-1], page_url(self.region, *parts, **query))

    def s3(self, uri: str | None) -> Link | None:
        """Return a link to what an S3 URI names."""
        return Link(uri, s3_url(self.region, uri)) if uri else None

    def arn(self, arn: str | None) -> Link | None:
        """Return an ARN, as a link if it has a page."""
        return Link(arn, arn_url(arn)) if arn else None

    def tags(self, arn: str) -> list[tuple[str, str]]:
        """Return a resource's tags as rows."""
        return [(tag["Key"], tag["Value"]) for tag in self.database.tags(arn)]
