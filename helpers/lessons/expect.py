"""Checkpoints: after a step, a lesson makes sure that it worked, and says where to look if not."""

from __future__ import annotations

from typing import Any

_NOTHING = object()


class ExpectationError(AssertionError):
    """A step of the lesson did not do what the next one needs."""


def expect(
    condition: object, revisit: str, *, found: Any = _NOTHING, expected: Any = _NOTHING
) -> None:
    """Do nothing if `condition` holds; else stop the lesson and name the step to revisit.

    `revisit` is the heading of that step. `found` and `expected` are shown as they are.

    Raises ExpectationError, an AssertionError.

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
        if value is not _NOTHING
    ]
    text = ", ".join(facts) or "something is not as it should be"
    raise ExpectationError(
        f'{text[0].upper()}{text[1:]}. Go back to "{revisit}" and run its cells again, from the '
        "top down."
    )
