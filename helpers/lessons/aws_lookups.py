"""Look up on AWS, or the Local SageMaker, what a hint needs: objects, and the log of a job.

These requests have a time limit and never raise: a hint must not delay or hide an error.
"""

from __future__ import annotations

import difflib
import os
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from helpers.lessons.script_traceback import script_traceback

LIMIT_SECONDS = 3.0  # for one look-up, with the time to read the service model of logs
LOG_LINES = 3
SCRIPT_LOG_LINES = 200  # of which the last ones are those of what has run the script
NAMES_LISTED = 8
LINE_CHARACTERS = 220
_DATA_LOG_START = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+:\[sagemaker logs\]: (\S+: )?")


def is_local() -> bool:
    """Tell whether this kernel works with the Local SageMaker."""
    return "AWS_ENDPOINT_URL" in os.environ


def last_log_lines(job_type: str, name: str) -> list[str]:
    """Return the last lines of the log of a job, such as "Training"; none if it can't be read."""
    return _limited(lambda: _read_log(job_type, name), [])


def last_script_error(name: str) -> list[str]:
    """Return the error of a training job's script; nothing if there is none."""
    return _limited(lambda: _read_script_error(name), [])


def objects_near(uri: str, region: str | None) -> str:
    """Return a sentence about what there is near an S3 URI without objects, or ''."""
    return _limited(lambda: _objects_near(uri, region), "")


def first_failure(tuning_job: str) -> str:
    """Return why the first failed training job of a tuning job failed, as text, or ''."""
    return _limited(lambda: _first_failure(tuning_job), "")


def listed(names: Sequence[str]) -> str:
    """Return the first names, separated by commas, and how many more there are."""
    more = len(names) - NAMES_LISTED
    return ", ".join(names[:NAMES_LISTED]) + (f" and {more} more" if more > 0 else "")


def did_you_mean(wanted: str, names: Iterable[str], start: str = "") -> str:
    """Return a question that names the most similar of some names, or ''."""
    others = [name for name in names if name != wanted]
    matches = [name for name in others if _letters(name) == _letters(wanted)]
    matches = matches or difflib.get_close_matches(wanted, others, 1)
    return f"Did you mean {start}{matches[0]}?" if matches else ""


def _letters(name: str) -> str:
    """Return a name in lower case without separators: MULTI_RECORD and MultiRecord are alike."""
    return re.sub(r"[\W_]", "", name).lower()


def clip(line: str, characters: int = LINE_CHARACTERS) -> str:
    """Cut a long line in its middle."""
    end = characters // 3
    return line if len(line) <= characters else f"{line[: characters - end]} ... {line[-end:]}"


def _limited(look_up: Callable[[], Any], otherwise: Any) -> Any:
    """Return what a look-up returns, or `otherwise` if it fails or takes too long."""
    results = []

    def run() -> None:
        try:
            results.append(look_up())
        except Exception:
            results.append(otherwise)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LIMIT_SECONDS)
    return results[0] if results else otherwise


def _client(service: str, region: str | None = None) -> Any:
    import boto3
    from botocore.config import Config

    limits = Config(
        connect_timeout=LIMIT_SECONDS,
        read_timeout=LIMIT_SECONDS,
        retries={"total_max_attempts": 1},
    )
    # boto3's own session keeps the service models that it has read; connect() makes a new one.
    return boto3.client(service, region_name=region, config=limits)


def _read_log(job_type: str, name: str) -> list[str]:
    """Read the end of a job's log; a transform job has its errors in the data log."""
    logs, group = _client("logs"), f"/aws/sagemaker/{job_type}Jobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")
    names = [stream["logStreamName"] for stream in streams["logStreams"]]
    last = max(names, key=lambda name: (name.endswith("/data-log"), name))
    events = logs.get_log_events(logGroupName=group, logStreamName=last, limit=20)["events"]
    lines = [_DATA_LOG_START.sub("", event["message"]).strip() for event in events]
    return [clip(line) for line in lines if line][-LOG_LINES:]


def _read_script_error(name: str) -> list[str]:
    """Read the end of the log of each host; the first one that shows an error counts."""
    logs, group = _client("logs"), "/aws/sagemaker/TrainingJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")
    for stream in streams["logStreams"]:
        events = logs.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], limit=SCRIPT_LOG_LINES
        )["events"]
        if error := script_traceback([event["message"] for event in events]):
            return [clip(line) for line in error]
    return []


def _first_failure(tuning_job: str) -> str:
    """Read the summaries of a tuning job's training jobs, the oldest first."""
    summaries = _client("sagemaker").list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=tuning_job, StatusEquals="Failed", SortOrder="Ascending"
    )["TrainingJobSummaries"]
    if not summaries:
        return ""
    name, reason = summaries[0]["TrainingJobName"], summaries[0].get("FailureReason", "unknown")
    return f"The first failed one is {name}. Its reason: {clip(' '.join(reason.split()))}"


def _objects_near(uri: str, region: str | None) -> str:
    from botocore.exceptions import ClientError

    s3, (bucket, _, key) = _client("s3", region), uri.removeprefix("s3://").partition("/")
    parts = key.rstrip("/").split("/")
    for length in range(len(parts) - 1, -1, -1):  # from the longest prefix to the whole bucket
        prefix = "".join(f"{part}/" for part in parts[:length])
        try:
            names = _names_below(s3, bucket, prefix)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucket":
                raise
            buckets = [each["Name"] for each in s3.list_buckets()["Buckets"]]
            return f'There is no bucket "{bucket}". {did_you_mean(bucket, buckets)}'
        if names:
            start, missing = f"s3://{bucket}/{prefix}", parts[length]
            return f"{start} holds: {listed(names)}. {did_you_mean(missing, names, start)}"
    return f'The bucket "{bucket}" is empty.'


def _names_below(s3: Any, bucket: str, prefix: str) -> list[str]:
    """Return the folders and objects right below a prefix, without it."""
    page = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, Delimiter="/", MaxKeys=100)
    names = [each["Prefix"] for each in page.get("CommonPrefixes", [])]
    names += [each["Key"] for each in page.get("Contents", []) if each["Key"] != prefix]
    return [name.removeprefix(prefix) for name in names]
