"""The doctor's checklist as tests read it."""

from helpers.account.doctor import checklist
from helpers.account.doctor.results import FAILED, NOT_CHECKED, CheckResult

LATER = {"role", "trust policy", "permissions", "bucket", *checklist.LATER_CHECKS}


def failed(lines: dict[str, CheckResult]) -> list[str]:
    return [name for name, found in lines.items() if found.state == FAILED]


def unchecked(lines: dict[str, CheckResult]) -> set[str]:
    return {name for name, found in lines.items() if found.state == NOT_CHECKED}
