"""The quotas that the course needs, what an account has of them, and requests for higher ones."""

from helpers.account.quotas.command import show

__all__ = ["show"]
