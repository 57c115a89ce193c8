"""The quotas that the course needs, what an account has of them, and requests for higher ones."""

from helpers.account.quotas.client import check, request_increase
from helpers.account.quotas.command import show

__all__ = ["check", "request_increase", "show"]
