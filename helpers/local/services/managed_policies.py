"""AWS's managed policies, such as AmazonSageMakerFullAccess, added to moto's IAM when asked for.

moto has them all in a text of 5 MB. Its IAM would be saved with them at each change, so only those
that a request names are added.
"""

import json
from functools import cache
from typing import Any

from moto.iam.models import AWSManagedPolicy, IAMBackend

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


@cache
def _policies() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return json.loads(aws_managed_policies_data)
