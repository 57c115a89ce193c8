"""CloudFormation, which moto answers: a stack with SageMaker's resources is refused.

moto would create them in its own SageMaker, which runs nothing and which no other request sees.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

_PREFIX = "AWS::SageMaker::"


@cache
def patch_moto() -> None:
    """Make moto refuse such a template, before it creates anything."""
    from moto.cloudformation.exceptions import ValidationError
    from moto.cloudformation.parsing import ResourceMap

    original_load, original_update = ResourceMap.load, ResourceMap.update

    def check(resources: Mapping[str, Any]) -> None:
        types = {str(resource.get("Type", "")) for resource in resources.values()}
        refused = sorted(name for name in types if name.startswith(_PREFIX))
        if refused:
            raise ValidationError(
                message=f"The Local SageMaker does not serve {', '.join(refused)} of "
                "CloudFormation. Create the resource by SageMaker's own API. On AWS the same call "
                "works: see helpers.connect(backend='aws')."
            )

    def load(self: ResourceMap) -> None:
        check(self._resource_json_map)
        original_load(self)

    def update(self: ResourceMap, template: dict[str, Any], parameters: Any = None) -> None:
        check(template["Resources"])
        original_update(self, template, parameters)

    ResourceMap.load, ResourceMap.update = load, update
