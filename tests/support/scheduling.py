"""Which tests run on the same worker of pytest-xdist.

Tests of a module share what its fixtures start, and tests of a lesson share its run, so both stay
together. xdist's own groups (`--dist loadgroup`) have no effect with pytest 9.2: pytest-xdist issue
1386.
"""

from pathlib import PurePath

from xdist.scheduler import LoadScopeScheduling

from support.lessons import LESSONS

TOGETHER = {"grading", "pagination", "web_app"}
"""Folders whose modules share the fixtures of a conftest.py."""


class SharedFixturesScheduling(LoadScopeScheduling):
    """Keep together the tests of a lesson, of a module, and of the folders in TOGETHER."""

    def _split_scope(self, nodeid: str) -> str:
        module, _, test = nodeid.partition("::")
        for lesson in LESSONS:
            if test.endswith(f"[{lesson.stem}]"):
                return lesson.stem
        folder = PurePath(module).parent
        return str(folder) if folder.name in TOGETHER else module
