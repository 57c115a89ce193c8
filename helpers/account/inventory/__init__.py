"""What there is in an account and region, or in a home folder, and what of it is the course's."""

from helpers.account.inventory.discovery import find
from helpers.account.inventory.resource import AccessProblem, Resource
from helpers.account.inventory.resource_types import KINDS, ResourceType

__all__ = ["KINDS", "AccessProblem", "Resource", "ResourceType", "find"]
