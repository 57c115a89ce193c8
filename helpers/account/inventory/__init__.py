"""What exists in an account and region, or in a home folder, and what of it is the course's."""

from helpers.account.inventory.discovery import discover
from helpers.account.inventory.resource import AccessProblem, Resource

__all__ = ["AccessProblem", "Resource", "discover"]
