"""Jobs that execute a function of a test, and a runner for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers.catalog.resource_types import JOB_IN_PROGRESS, ResourceType
from helpers.local.home import Home
from helpers.local.runtime.context import Context
from helpers.local.runtime.runner import Runner
from helpers.local.runtime.workloads import Job
from helpers.local.state.database import Database


class TinyJob(Job):
    """A job that executes a function of its own."""

    RESOURCE = ResourceType("tiny job", "tiny-job", "TinyJob", busy=JOB_IN_PROGRESS)

    def __init__(self, context, do, name="tiny"):
        super().__init__(context, "us-east-1", name, f"arn:{name}")
        self.do = do
        self.ends = []

    def work(self):
        self.do(self)
        self.finish("Completed", None)

    def finish(self, status, reason):
        self.ends.append((status, reason))


@contextmanager
def tiny_runner(folder: Path) -> Iterator[Runner]:
    """Return a runner of two jobs at once, whose home folder is below this folder."""
    home = Home(folder / "home")
    home.prepare()
    runner = Runner(Context(home, Database(home.database), None), slots=2)
    yield runner
    runner.close()
    runner.context.database.close()
