"""Expectations: after a step, a lesson makes sure that it worked, and says where to look if not."""

from __future__ import annotations

from typing import Any

_NOT_GIVEN = object()


class ExpectationError(AssertionError):
    """Raised by `expect`: a step of the lesson did not do what the next one needs."""


def expect(
    condition: object, revisit: str, *, found: Any = _NOT_GIVEN, expected: Any = _NOT_GIVEN
) -> None:
    """Stop the lesson if a condition does not hold, and name the step to revisit.

    Parameters
    ----------
    condition : object
        Anything that is true if the step has worked.
    revisit : str
        The heading of the step to run again if not.
    found, expected : object, optional
        What is there and what should be; both are shown in the message.

    Raises
    ------
    ExpectationError
        If the condition does not hold. It is an AssertionError.

    Examples
    --------
    >>> expect(3 > 2, revisit="1. Load the data")
    >>> expect(False, revisit="2. Upload the data", found=0, expected="3 files")
    Traceback (most recent call last):
    ...
    helpers.lessons.expect.ExpectationError: Found 0, expected 3 files. Go back to "2. Upload the \
data" and run its cells again, from the top down.
    """
    if condition:
        return
    facts = [
        f"{word} {value}"
        for word, value in (("found", found), ("expected", expected))
        if value is not _NOT_GIVEN
    ]
    text = ", ".join(facts) or "this step did not give the expected result"
    end = "" if text[-1] == "?" else "."
    raise ExpectationError(
        f"{text[0].upper()}{text[1:]}{end} "
        f'Go back to "{revisit}" and run its cells again, from the top down.'
    )
