"""Which tests run on the same worker of pytest-xdist, and which run first.

Tests of a module share what its fixtures start, and tests of a lesson share its run, so both stay
together. xdist's own groups (`--dist loadgroup`) have no effect with pytest 9.2: pytest-xdist issue
1386.
"""

from pathlib import PurePath

import pytest
from xdist.scheduler import LoadScopeScheduling

from support.lessons import LESSONS

TOGETHER = {"grading", "pagination", "web_app"}
"""Folders whose modules share the fixtures of a conftest.py."""
EARLY = {"tuning"}
"""Folders whose modules take up to half a minute each, and are the last by their names."""


class SharedFixturesScheduling(LoadScopeScheduling):
    """Keep together the tests of a lesson, of a module, and of the folders in TOGETHER."""

    def _split_scope(self, nodeid: str) -> str:
        return _lesson(nodeid) or _folder_together(nodeid) or nodeid.partition("::")[0]


def sort_longest_first(items: list[pytest.Item]) -> None:
    """Move the tests of the folders in TOGETHER to the front, then lessons, then those in EARLY.

    The first two take minutes on one worker. If one of them began last, the other workers would
    wait; so what comes last takes seconds.
    """
    items.sort(
        key=lambda item: (
            not _folder_together(item.nodeid),
            not _lesson(item.nodeid),
            _folder(item.nodeid).name not in EARLY,
        )
    )


def _lesson(nodeid: str) -> str | None:
    """Return the lesson that a test is of, or None."""
    test = nodeid.partition("::")[2]
    return next((lesson.stem for lesson in LESSONS if test.endswith(f"[{lesson.stem}]")), None)


def _folder_together(nodeid: str) -> str | None:
    """Return the folder of a test if it is one of those in TOGETHER, or None."""
    folder = _folder(nodeid)
    return str(folder) if folder.name in TOGETHER else None


def _folder(nodeid: str) -> PurePath:
    return PurePath(nodeid.partition("::")[0]).parent
