"""The quotas that the course needs, what an account has of them, and asking AWS for more."""

from helpers.account.quotas.client import QuotaAccessError, QuotaStatus, check, request_increase
from helpers.account.quotas.command import show
from helpers.account.quotas.requirements import NEEDS, OPTIONAL_REQUIREMENTS, QuotaRequirement

__all__ = [
    "NEEDS",
    "OPTIONAL_REQUIREMENTS",
    "QuotaAccessError",
    "QuotaRequirement",
    "QuotaStatus",
    "check",
    "request_increase",
    "show",
]
