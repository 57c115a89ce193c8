"""The quotas that the course needs, what an account has of them, and asking AWS for more."""

from helpers.quotas.account import Line, NotSeen, ask, look
from helpers.quotas.needs import EXTRAS, NEEDS, Need

__all__ = ["EXTRAS", "NEEDS", "Line", "Need", "NotSeen", "ask", "look"]
