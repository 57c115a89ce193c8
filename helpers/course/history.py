"""What was run: on the Local SageMaker, read from its home folder, and on AWS.

The home folder is read without its server, so a stopped Local SageMaker stays stopped.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from helpers.catalog.resource_types import NOTEBOOK_INSTANCE, TRAINING_JOB, TRANSFORM_JOB
from helpers.course.lesson_list import LESSONS
from helpers.course.progress import History, Run
from helpers.local.home import Home
from helpers.local.services.quotas.applied import REQUEST
from helpers.local.state.database import Database
from helpers.local.state.logs.files import file_name
from helpers.s3 import default_bucket
from helpers.session import backend as backends

if TYPE_CHECKING:  # for an annotation; boto3 takes long to import
    from helpers.account.target import Target

_JOBS = (TRAINING_JOB, TRANSFORM_JOB)
# As helpers.begin writes it. Its module, grading/submission.py, imports boto3, which takes long.
START_MARKER = "began.json"
_SETTING_UP = LESSONS[0].prefix  # it works on the Local SageMaker, also where the others use AWS


class HistoryError(Exception):
    """What was run can't be read; the message says why."""


def read_history() -> History:
    """Return what was run on the backend that the lessons use.

    Raises
    ------
    HistoryError
        If the home folder can't be read, or AWS does not answer.
    """
    try:
        local = read_home(Home.find())
        if backends.choose().backend == "local":
            return local
    except (OSError, ValueError, sqlite3.Error) as error:
        raise HistoryError(str(error)) from error
    from botocore.exceptions import BotoCoreError, ClientError

    from helpers.account.target import TargetError, resolve_target

    try:
        on_aws = read_account(resolve_target())
    except (BotoCoreError, ClientError, TargetError) as error:
        raise HistoryError(str(error)) from error
    setting_up = [run for run in local.runs if run.prefix == _SETTING_UP]
    return on_aws._replace(runs=on_aws.runs + setting_up)


def report_keys() -> list[str]:
    """Return the keys that show how far an exercise is: its start marker and its reports."""
    return [
        f"{lesson.prefix}/{name}"
        for lesson in LESSONS
        if lesson.reports
        for name in (START_MARKER, *lesson.reports)
    ]


def read_home(home: Home) -> History:
    """Return what was run in a home folder, whether its server runs or not."""
    if not home.database.exists():
        return History([])
    database = Database(home.database)
    try:
        runs = [*_local_jobs(database), *_notebook_instances(home, database)]
    finally:
        database.close()
    records = home.path / "s3" / "records"
    keys = [key for key in report_keys() if any(records.glob(f"*/{_record_name(key)}"))]
    return History(runs, keys)


def _record_name(key: str) -> str:
    """Return the name of an object's file, as helpers/local/state/s3/records.py forms it."""
    return f"{hashlib.sha256(key.encode()).hexdigest()}.record"


def _local_jobs(database: Database) -> Iterator[Run]:
    for job_type in _JOBS:
        for job in database.list_all(job_type.arn_type):
            tags = {tag["Key"]: tag["Value"] for tag in database.tags(job[job_type.arn_member])}
            succeeded = job[job_type.status_member] == "Completed"
            yield Run(job_type.label, tags.get("lesson", ""), succeeded, job["CreationTime"])


def _notebook_instances(home: Home, database: Database) -> Iterator[Run]:
    """Yield the lesson's notebook instances: of a deleted one the log remains, and is the proof.

    A request for a higher quota shows that the lesson was started.
    """
    existing = {
        instance[NOTEBOOK_INSTANCE.name_member]: instance["CreationTime"]
        for instance in database.list_all(NOTEBOOK_INSTANCE.arn_type)
    }
    for name, created in existing.items():
        if name.startswith(f"{_SETTING_UP}-"):
            yield Run(NOTEBOOK_INSTANCE.label, _SETTING_UP, False, created)
    for log in home.logs.glob(f"*/{file_name(NOTEBOOK_INSTANCE.log_group)}/{_SETTING_UP}-*"):
        if unquote(log.name).partition("/")[0] not in existing:
            created = datetime.fromtimestamp(log.stat().st_mtime, UTC)
            yield Run(NOTEBOOK_INSTANCE.label, _SETTING_UP, True, created)
    for request in database.list_all(REQUEST):
        yield Run("quota increase", _SETTING_UP, True, request["Created"])


def read_account(target: Target) -> History:
    """Return what was run in an account and region, by its tags, as far as the caller may see it.

    Raises botocore's errors if AWS does not answer.
    """
    from helpers.account.inventory import discover

    jobs = discover(target, [job_type.label for job_type in _JOBS], problems=[])
    runs = [Run(job.type.name, job.lesson, job.status == "Completed", job.created) for job in jobs]
    bucket = default_bucket(target.region, target.account)
    return History(runs, _existing_keys(target.session.client("s3"), bucket))


def _existing_keys(s3: Any, bucket: str) -> list[str]:
    """Return which of the keys exist; none if there is no bucket, or it may not be listed."""
    from botocore.exceptions import ClientError

    existing = []
    for key in report_keys():
        try:
            listed = s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
        except ClientError:
            return []
        existing += [item["Key"] for item in listed.get("Contents", []) if item["Key"] == key]
    return existing
