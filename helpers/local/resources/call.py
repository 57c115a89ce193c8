"""One call of a SageMaker operation, as a resource's function gets it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from helpers.catalog.resource_types import ResourceType
from helpers.home import ACCOUNT
from helpers.local.runtime.context import Context
from helpers.local.runtime.runner import Runner
from helpers.local.services.quotas import limits
from helpers.local.state.database import AlreadyExistsError, Database, Document
from helpers.local.wire.errors import AwsError


@dataclass(frozen=True)
class Call:
    """A validated request.

    Parameters
    ----------
    params
        The input shape's members, as botocore would give them.
    region
        The Region of the credential scope.
    runner
        Where workloads run.
    """

    params: dict[str, Any]
    region: str
    runner: Runner

    @property
    def context(self) -> Context:
        return self.runner.context

    @property
    def database(self) -> Database:
        return self.runner.context.database

    def arn(self, resource: ResourceType, name: str) -> str:
        """Return an ARN of the local account; SageMaker writes its names in lower case."""
        return f"arn:aws:sagemaker:{self.region}:{ACCOUNT}:{resource.arn_type}/{name.lower()}"

    def insert(self, resource: ResourceType, document: Document, taken: AwsError) -> None:
        """Add a new resource with the request's tags, if its name is free and quotas allow it.

        Parameters
        ----------
        taken
            The error of a name that another resource of this type has.

        Raises
        ------
        AwsError
            `taken`, or ResourceLimitExceeded; then nothing was added.
        """
        name, arn = document[resource.name_member], document[resource.arn_member]
        with self.database.transaction():
            try:
                self.database.insert(
                    resource.arn_type, self.region, name, document, self.params.get("Tags", []), arn
                )
            except AlreadyExistsError:
                raise taken from None
            limits.check_number(self.database, self.region, resource)
            limits.check(self.database, self.region, resource, document)
            limits.check_run_time(self.database, self.region, resource, document)
            limits.check_volume(self.database, self.region, resource, document)

    def find(self, resource: ResourceType, missing: AwsError) -> Document:
        """Return the resource that the request names. Raises `missing`."""
        name = self.params[resource.name_member]
        document = self.database.read(resource.arn_type, self.region, name)
        if document is None:
            raise missing
        return document

    def change(
        self, resource: ResourceType, change: Callable[[Document], None], missing: AwsError
    ) -> Document:
        """Check and change the resource that the request names in one step, and return it.

        Of two calls at once only one sees it as it was. Raises `missing`, and what `change` raises.
        """
        name = self.params[resource.name_member]
        document = self.database.change(resource.arn_type, self.region, name, change)
        if document is None:
            raise missing
        return document

    def delete(self, resource: ResourceType, document: Document) -> None:
        """Delete a resource, and its tags."""
        name, arn = document[resource.name_member], document[resource.arn_member]
        self.database.delete(resource.arn_type, self.region, name, arn)

    def list_all(self, resource: ResourceType) -> list[Document]:
        """Return all resources of a type in the request's Region."""
        return self.database.list_all(resource.arn_type, self.region)
