"""What there is in an account and region, or in a home folder, and what of it is the course's."""

from helpers.inventory.find import find
from helpers.inventory.found import Found, Problem
from helpers.inventory.kinds import KINDS, Kind

__all__ = ["KINDS", "Found", "Kind", "Problem", "find"]
