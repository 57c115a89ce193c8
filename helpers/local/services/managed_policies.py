"""AWS's managed policies, such as AmazonSageMakerFullAccess, added to moto's IAM when asked for.

moto has them all in a text of 5 MB. Its IAM would be saved with them at each change, so only those
that a request names are added. ListPolicies shows the others too.
"""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from moto.iam.models import AWSManagedPolicy, IAMBackend, ManagedPolicy

from helpers.local.wire.errors import AwsError

PREFIX = "arn:aws:iam::aws:policy/"


def add_policy(backend: IAMBackend, arn: str) -> None:
    """Add the managed policy of this ARN, unless it is there or AWS has none of that name."""
    if arn in backend.managed_policies or not arn.startswith(PREFIX):
        return
    name = arn.rpartition("/")[2]
    data = _policies().get(name)
    if data is None:
        return
    policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
    if policy.arn == arn:  # others have the name at another path
        # New objects: moto may be iterating over the old ones in another thread.
        backend.managed_policies = {**backend.managed_policies, arn: policy}
        backend.aws_managed_policies = [*backend.aws_managed_policies, policy]


def check_exists(backend: IAMBackend, arn: str) -> None:
    """Refuse a GetPolicy for a policy that does not exist, in IAM's words; moto has others.

    Raises
    ------
    AwsError
        NoSuchEntity (404).
    """
    if arn not in backend.managed_policies:
        raise AwsError("NoSuchEntity", f"Policy {arn} was not found.", 404)


def patch_moto() -> None:
    """Make moto's ListPolicies show all of AWS's policies, not only those that were added."""
    original = IAMBackend.list_policies

    def list_policies(
        self: IAMBackend,
        marker: str | None,
        max_items: int,
        only_attached: bool,
        path_prefix: str,
        scope: str,
    ) -> tuple[Iterable[ManagedPolicy], str | None]:
        if only_attached or scope == "Local":  # of AWS's, those that were added are enough
            return original(self, marker, max_items, only_attached, path_prefix, scope)
        shown = {policy.arn: policy for policy in _all(self.account_id, self.region_name)}
        shown |= {
            arn: policy
            for arn, policy in self.managed_policies.items()
            if scope != "AWS" or isinstance(policy, AWSManagedPolicy)
        }
        return self._filter_attached_policies(shown.values(), marker, max_items, path_prefix)

    IAMBackend.list_policies = list_policies


@cache
def _all(account: str, region: str) -> list[AWSManagedPolicy]:
    return [
        AWSManagedPolicy.from_data(name, account, region, data)
        for name, data in _policies().items()
    ]


@cache
def _policies() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return json.loads(aws_managed_policies_data)
