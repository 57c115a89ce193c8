"""SageMaker's resources for the Resource Groups Tagging API, which moto answers.

moto asks each of its services for its tagged resources; its own SageMaker is empty here, so this
one takes its place.
"""

from collections.abc import Iterator

from moto.core import resource_tagging
from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource
from moto.resourcegroupstaggingapi import models

from helpers.home import ACCOUNT
from helpers.local.state.database import Database

MAX_TAGS = 50  # of a resource (API_AddTags)


class TaggedSageMaker(TaggableResourcesMixin):
    """The resources of a Region that have tags."""

    SERVICE_NAMESPACE = "sagemaker"
    partition = "aws"

    def __init__(self, database: Database, region: str):
        self._database, self._region = database, region

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        """Yield each resource of the Region with its tags."""
        for arn, tags in self._database.all_tags().items():
            _, _, service, region, _, resource = arn.split(":", 5)
            if (service, region) == ("sagemaker", self._region):
                yield TaggedResource(arn, tags, f"sagemaker:{resource.partition('/')[0]}")

    def owns_arn(self, arn: str) -> bool:
        """Tell whether the ARN is one of SageMaker, in any partition."""
        return arn.split(":")[2:3] == ["sagemaker"]

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        """Add tags to a resource. Raises NotImplementedError, which moto reports, if it can't."""
        items = [{"Key": key, "Value": value} for key, value in tags.items()]
        if not self._database.exists(arn) or not self._database.put_tags(arn, items, MAX_TAGS):
            raise NotImplementedError(arn)

    def untag_resource(self, arn: str, tag_keys: list[str]) -> None:
        """Remove tags from a resource. Raises NotImplementedError if there is no such resource."""
        if not self._database.exists(arn):
            raise NotImplementedError(arn)
        self._database.delete_tags(arn, tag_keys)


def patch_moto(database: Database) -> None:
    """Make moto's tagging API see SageMaker's resources, and not moto's own SageMaker."""

    def iter_backends(account_id: str, region_name: str) -> Iterator[TaggableResourcesMixin]:
        if account_id == ACCOUNT:
            yield TaggedSageMaker(database, region_name)
        for backend in resource_tagging.iter_taggable_backends(account_id, region_name):
            if backend.SERVICE_NAMESPACE != "sagemaker":
                yield backend

    models.iter_taggable_backends = iter_backends
