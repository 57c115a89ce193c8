"""What the endpoint's document keeps of each production variant."""

from typing import Any, NotRequired, TypedDict


class VariantSpec(TypedDict):
    """A production variant, with all that is needed to start one more of its containers.

    It is copied when the endpoint is created or updated: what happens to the configuration or the
    model afterwards doesn't matter to the endpoint, as on AWS.

    Parameters
    ----------
    VariantName : str
    Container : dict
        What `served_container` returns.
    DeployedImages : list of dict
        As in DescribeEndpoint.
    InstanceType : str
    InstanceCount : int
        How many containers it has now.
    Weight : float
        Its share of the traffic now is this, divided by the sum of all weights.
    DesiredInstanceCount, DesiredWeight : int, float
        What was asked for; they differ from the two above while the endpoint is updated.
    StartSeconds : float
        How long a new container may take until /ping answers.
    RoutingStrategy : str
        RANDOM or LEAST_OUTSTANDING_REQUESTS.
    Serverless : dict, optional
        The ServerlessConfig of a serverless variant; then InstanceType is missing.
    """

    VariantName: str
    Container: dict[str, Any]
    DeployedImages: list[dict[str, Any]]
    InstanceType: NotRequired[str]
    InstanceCount: int
    Weight: float
    DesiredInstanceCount: int
    DesiredWeight: float
    StartSeconds: float
    RoutingStrategy: str
    Serverless: NotRequired[dict[str, int]]
