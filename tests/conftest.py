"""What every test shares: one Local SageMaker for the session, and clients that talk to it."""

import contextlib
import functools
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest
from botocore.exceptions import ClientError
from support import connections, fast_workers, jobs
from support.clients import make_bucket, make_client
from support.lesson_runs import AGAIN, CHECKED, LessonRun, part, run_lesson, with_names_saved
from support.lessons import read
from support.quota_values import own_quotas
from support.scheduling import SharedFixturesScheduling, sort_longest_first
from support.servers import running
from support.targets import place_in, untouched_regions

from helpers.account.target import Target
from helpers.local import process
from helpers.local.containers import registry
from helpers.local.process import Endpoint
from helpers.local.runtime import processes

pytest_plugins = ["nbval.plugin"]  # for support.nbval_replay; pyproject.toml says why here


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return SharedFixturesScheduling(config, log)


def pytest_configure():
    fast_workers.share_service_models()
    # The same examples in each run, none too slow for a busy machine: what a run finds must not
    # depend on chance.
    hypothesis.settings.load_profile("ci")


def pytest_collection_modifyitems(items):
    sort_longest_first(items)


def pytest_collection_finish():
    fast_workers.spare_the_garbage_collector()


@pytest.fixture(autouse=True)
def connection_undone() -> Iterator[None]:
    """Undo what a test, or a command that it runs, has changed by connecting."""
    with connections.undone():
        yield


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Return the folder of this checkout."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def local(tmp_path_factory) -> Iterator[Endpoint]:
    """Run a Local SageMaker with a home folder of its own, one for each xdist worker.

    SAGEMAKER_LOCAL_HOME names that folder until the session ends.
    """
    with pytest.MonkeyPatch.context() as patch, running(tmp_path_factory.mktemp("home")) as found:
        patch.setenv("SAGEMAKER_LOCAL_HOME", str(found.home))
        for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
            patch.delenv(name, raising=False)
        yield found


@pytest.fixture(scope="session")
def _regions(local, tmp_path_factory) -> Iterator[Iterator[tuple[Endpoint, str]]]:
    with contextlib.ExitStack() as stack:

        def another() -> Endpoint:
            return stack.enter_context(running(tmp_path_factory.mktemp("home")))

        yield untouched_regions(local, another)


@pytest.fixture
def untouched(_regions, monkeypatch) -> Target:
    """Return a region without resources; new clients and commands use its server."""
    return place_in(*next(_regions), monkeypatch)


@pytest.fixture
def drill(local) -> Iterator[None]:
    """Return the region where the lesson "Setting Up" changes a quota; restore it afterwards."""
    with own_quotas(local, "eu-north-1"):
        yield


@pytest.fixture
def retries_at_once(monkeypatch) -> None:
    """Let botocore and pooch try again at once; they would wait for a second or more."""
    without_waiting = SimpleNamespace(sleep=lambda seconds: None)
    for module in ("botocore.endpoint", "pooch.core"):
        monkeypatch.setattr(f"{module}.time", without_waiting)


@pytest.fixture
def short_path() -> Iterator[Path]:
    """Return a folder with a short path, as sockets need."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def forkserver() -> Iterator[Path]:
    """Start a forkserver from this process, for container tests without a server.

    What it forks need not import pytest's main module.
    """
    short = tempfile.TemporaryDirectory(dir="/tmp")
    with pytest.MonkeyPatch.context() as patch, short as folder:
        main = sys.modules["__main__"]
        patch.setattr(main, "__spec__", None)
        patch.delattr(main, "__file__", raising=False)
        processes.start_forkserver(Path(folder), registry.preloaded_modules())
        yield Path(folder)
        processes.stop_forkserver()
        multiprocessing.current_process()._config.pop("tempdir")  # the folder is gone


@pytest.fixture(scope="session")
def client(local) -> Callable:
    """Return client(service, **kw): a boto3 client of the server, made once for equal kw."""
    made = {}

    def client(service: str, **kw):
        key = (service, tuple(sorted(kw.items())))
        if key not in made:
            made[key] = make_client(local, service, **kw)
        return made[key]

    return client


@pytest.fixture(scope="session")
def sagemaker(client):
    return client("sagemaker")


@pytest.fixture(scope="session")
def s3(client):
    return client("s3")


@pytest.fixture
def bucket(s3) -> str:
    """Return the name of a bucket that only this test uses."""
    return make_bucket(s3)


@pytest.fixture
def data(s3, bucket) -> str:
    """Return a bucket with jobs.TRAIN_CSV below `train/` and jobs.TEST_CSV as `test.csv`."""
    s3.put_object(Bucket=bucket, Key="train/train.csv", Body=jobs.TRAIN_CSV)
    s3.put_object(Bucket=bucket, Key="test.csv", Body=jobs.TEST_CSV)
    return bucket


@pytest.fixture(scope="session")
def trained(sagemaker, s3) -> dict:
    """Return the Describe answer of a job that trained on jobs.TRAIN_CSV."""
    bucket = make_bucket(s3)
    s3.put_object(Bucket=bucket, Key="train", Body=jobs.TRAIN_CSV)
    return jobs.train(sagemaker, jobs.training_request(bucket))


@pytest.fixture(scope="session")
def model(sagemaker, trained) -> str:
    """Return the name of a model that was trained on jobs.TRAIN_CSV."""
    return jobs.create_model(sagemaker, trained["ModelArtifacts"]["S3ModelArtifacts"])


@pytest.fixture(scope="session")
def echo(sagemaker, s3) -> str:
    """Return the name of a model that answers a row of one number with that number.

    Its trees split between all whole numbers from 0 to 99, so the order of answers can be seen.
    """
    bucket = make_bucket(s3)
    rows = "".join(f"{n},{n}\n" for n in range(100))
    s3.put_object(Bucket=bucket, Key="train", Body=rows.encode())
    settings = {
        "num_round": "1",
        "eta": "1",
        "max_depth": "20",
        "lambda": "0",
        "min_child_weight": "0",
        "base_score": "0",
        "tree_method": "exact",
    }
    job = jobs.train(sagemaker, jobs.training_request(bucket, hyperparameters=settings))
    assert job["TrainingJobStatus"] == "Completed", job
    return jobs.create_model(sagemaker, job["ModelArtifacts"]["S3ModelArtifacts"])


@pytest.fixture(scope="session")
def check_environment(tmp_path_factory) -> Iterator[dict[str, str]]:
    """Return the environment variables of `python -m helpers check` in a home folder of its own."""
    home = tmp_path_factory.mktemp("home")
    yield {
        "SAGEMAKER_LOCAL_HOME": str(home),
        "SAGEMAKER_COURSE_DATA": "synthetic",
        "SAGEMAKER_COURSE_BACKEND": "",
    }
    process.stop(process.Home(home))


@pytest.fixture(scope="session")
def checked_solution(check_environment, tmp_path_factory) -> tuple[dict, dict]:
    """Return the output of `helpers check` for lesson_runs.CHECKED, which has run that solution.

    Also return what lesson_runs.CLEAN_UP_NAMES are in that run.
    """
    folder = tmp_path_factory.mktemp("checked")
    done = subprocess.run(
        [sys.executable, "-m", "helpers", "check", with_names_saved(CHECKED, folder), "--json"],
        env=os.environ | check_environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout), json.loads((folder / "names.json").read_text())


@pytest.fixture(scope="session")
def lesson_run(request, tmp_path_factory) -> Callable[[Path], LessonRun]:
    """Return lesson_run(path), which runs a lesson once, however many tests read the run."""

    @functools.cache
    def lesson_run(path: Path) -> LessonRun:
        if path == CHECKED:
            found, _ = request.getfixturevalue("checked_solution")
            executed = read(Path(found["executed"]))
            return LessonRun(part(executed, 0, -1), None)
        server = (request.getfixturevalue(name) for name in ("local", "client"))
        return run_lesson(path, *server, tmp_path_factory.mktemp("lesson"), again=path == AGAIN)

    return lesson_run


@pytest.fixture(scope="session")
def assert_aws_error() -> Callable:
    """Return assert_aws_error(code, message): the block must raise this error.

    message: a text that is equal to it, a compiled pattern that is found in it, or None for any.
    """

    @contextlib.contextmanager
    def assert_aws_error(code: str, message: str | re.Pattern | None = None):
        with pytest.raises(ClientError) as refused:
            yield refused
        error = refused.value.response["Error"]
        assert error["Code"] == code, error
        if isinstance(message, re.Pattern):
            assert message.search(error["Message"]), error["Message"]
        elif message is not None:
            assert error["Message"] == message

    return assert_aws_error
