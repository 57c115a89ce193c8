"""One call of a SageMaker operation, as a resource's function gets it."""

from dataclasses import dataclass
from typing import Any

from helpers.home import ACCOUNT
from helpers.local.runtime.workloads import JobRunner
from helpers.local.state.database import Database


@dataclass(frozen=True)
class Call:
    """A validated request. params: the input shape's members, as botocore would give them."""

    operation: str
    params: dict[str, Any]
    region: str
    workshop: JobRunner

    @property
    def database(self) -> Database:
        return self.workshop.database

    def arn(self, kind: str, name: str) -> str:
        """The ARN of a resource of the local account; SageMaker writes its names in lower case."""
        return f"arn:aws:sagemaker:{self.region}:{ACCOUNT}:{kind}/{name.lower()}"
