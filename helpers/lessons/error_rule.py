"""One row of the tables of advice about errors."""

from __future__ import annotations

import re
from typing import NamedTuple


class Rule(NamedTuple):
    """What to do about some errors.

    Attributes
    ----------
    error : str
        A regular expression for the error code of an AWS service, "JobFailed" for a failed job,
        and for other errors the name of the exception's class.
    message : str
        One that is searched in the message; in a failed job's reason and the end of its log.
    advice : str
        What to do. In braces: a named group of `message`, or a name in `error_values.VALUES`.
    operation : str
        A regular expression for the operation of the AWS service.
    """

    error: str
    message: str
    advice: str
    operation: str = ""

    def match(self, error: str, operation: str, message: str) -> dict[str, str] | None:
        """Return the named groups if the rule is about this error, else None."""
        if not re.fullmatch(self.error, error) or not re.match(self.operation, operation):
            return None
        match = re.search(self.message, message)
        return match.groupdict() if match else None
