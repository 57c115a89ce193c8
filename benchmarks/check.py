"""How long `helpers.check` takes for each task, against reading the task's files once.

    .venv/bin/python benchmarks/check.py                    (synthetic reviews, about a minute)
    .venv/bin/python benchmarks/check.py --data ARCHIVE     (real ones; or SAGEMAKER_COURSE_DATA)
    .venv/bin/python benchmarks/check.py --quick            (once, in one process: does it run?)

The solution's own cells are run first, on a Local SageMaker in a temporary home folder. Then each
task is checked in a process of its own, as in a kernel that was just restarted: nothing is cached
but what earlier checks left in the home folder. Imports come before the clock starts, since the
lesson's cells have made them by then.

reading   what the check has to look at, each thing once: fetched by boto3 and converted to Python
          numbers with nothing but the standard library. Besides the task's files these are the
          listing of the lesson's objects, whose times tell what belongs to this run; the jobs'
          descriptions and logs; the model, read by XGBoost, since the standard library cannot
          read its format; and where the task asks for tags, those. For the first task the
          reviews too, without which no vocabulary can be judged; for the last ones what a
          prediction depends on.
check     `helpers.check` in the same process, after that. Target: at most 1.2 times the reading.
again     the same check once more, as after a hint.

The words of all reviews are counted by the first check of a corpus only; that time comes last.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nbformat

CHECKOUT = Path(__file__).resolve().parents[1]
LESSON = "IMDB Sentiment Analysis - XGBoost (Batch Transform) - Low Level"
SOLUTION = CHECKOUT / "Mini-Projects/Solutions" / f"{LESSON} - Solution.ipynb"
MOST = 1.2
REPEATS = 3  # the best of them counts: other programs only ever slow one down

TRAIN, VALIDATION, TEST = (f"{name}/{name}.libsvm" for name in ("train", "validation", "test"))
COUNTED = ("listing", "vocabulary.json")
TRAINED = (*COUNTED, "training job", "model")
PREDICTED = (*TRAINED, TEST, "transform job", "predictions/test.libsvm.out")
FILES = {
    "Count the words": (*COUNTED, "reviews"),
    "Split and upload": (*COUNTED, TRAIN, VALIDATION, TEST),
    "Train": (*TRAINED, TRAIN, VALIDATION, "training tags", "log"),
    "Transform": (*PREDICTED, "transform tags", "model's description", "model tags"),
    "Evaluate": (*PREDICTED, "evaluation.json"),
    "Which words decide": (*TRAINED, "words.json"),
    "Which reviews are wrong": (*PREDICTED, "mistakes.csv"),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", help="an archive or a folder of real reviews")
    parser.add_argument("--quick", action="store_true", help="once, in one process")
    arguments = parser.parse_args()
    if arguments.data:
        os.environ["SAGEMAKER_COURSE_DATA"] = arguments.data
    os.environ.setdefault("SAGEMAKER_COURSE_DATA", "synthetic")
    with tempfile.TemporaryDirectory() as home:
        os.environ["SAGEMAKER_LOCAL_HOME"] = home
        try:
            reviews, first = in_a_process(solve)
            measure(reviews, arguments.quick)
        finally:
            from helpers.local import process

            process.stop()
    print(f"\nthe first check of these reviews, which counts their words: {first:.2f} s")
    return 0


def measure(reviews: str, quick: bool) -> None:
    """Print a line for each task."""
    if quick:
        rounds = [in_a_process(check_tasks, [*FILES])]
    else:
        rounds = [[in_a_process(check_tasks, [task])[0] for task in FILES] for _ in range(REPEATS)]
    print(f"{reviews} reviews, best of {len(rounds)}\n")
    print(f"{'task':<24} {'reading':>9} {'check':>9} {'ratio':>6} {'again':>9} {'ratio':>6}")
    for task, *times in zip(FILES, *rounds, strict=True):
        reading, check, again = (min(seconds) for seconds in zip(*times, strict=True))
        print(
            f"{task:<24} {reading:7.3f} s {check:7.3f} s {check / reading:6.2f} "
            f"{again:7.3f} s {again / reading:6.2f}"
        )
    print(f"\ntarget: check at most {MOST} times reading")


def in_a_process(function: Callable, *arguments):
    """Return the result of a function in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        result = pool.apply(function, arguments)
        pool.close()
        pool.join()
    return result


def solve() -> tuple[str, float]:
    """Run the solution's cells; return the kind of its reviews and the first check's seconds."""
    seconds, names = [], {}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in nbformat.read(SOLUTION, as_version=4).cells:
            if cell.cell_type == "code":
                begin = time.perf_counter()
                exec(compile(cell.source, "cell", "exec"), names)
                if cell.source.startswith("helpers.check"):
                    seconds.append(time.perf_counter() - begin)
    return names["source"].kind, seconds[0]


def check_tasks(tasks: list[str]) -> list[tuple[float, ...]]:
    """Return for each task the seconds of reading its files, checking it, and checking it again."""
    import pandas  # noqa: F401
    import sklearn.feature_extraction.text  # noqa: F401
    import xgboost  # noqa: F401

    import helpers

    with contextlib.redirect_stdout(io.StringIO()):
        helpers.connect()
        helpers.begin(LESSON)
        reader = Reader()
        reader.fetch(f"{reader.prefix}/began.json")  # opens the connection
        return [
            (
                seconds_of(reader.read, *FILES[task]),
                seconds_of(helpers.check, task),
                seconds_of(helpers.check, task),
            )
            for task in tasks
        ]


def seconds_of(function: Callable, *arguments) -> float:
    begin = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - begin


class Reader:
    """Read a task's files with nothing but boto3 and the standard library."""

    def __init__(self) -> None:
        import boto3

        from helpers.s3 import default_bucket, lesson_prefix

        session = boto3.Session()
        account = session.client("sts").get_caller_identity()["Account"]
        self.s3, self.logs = session.client("s3"), session.client("logs")
        self.bucket, self.prefix = (
            default_bucket(session.region_name, account),
            lesson_prefix(LESSON),
        )
        self.sagemaker = session.client("sagemaker")
        self.jobs, self.arns = {}, {}

    def read(self, *names: str) -> list:
        return [self.read_one(name) for name in names]

    def read_one(self, name: str):
        if name == "reviews":
            from helpers.datasets import imdb

            return [imdb.load(split, quiet=True) for split in ("train", "test")]
        if name == "listing":
            return self.s3.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix)["Contents"]
        if name == "model":
            return self.trained_model()
        if name == "log":
            pages = self.logs.get_paginator("filter_log_events").paginate(
                logGroupName="/aws/sagemaker/TrainingJobs",
                logStreamNamePrefix=f"{self.jobs['training']['TrainingJobName']}/",
            )
            return [event["message"] for page in pages for event in page["events"]]
        if name == "model's description":
            model = self.jobs["transform"]["ModelName"]
            self.arns["model"] = self.sagemaker.describe_model(ModelName=model)["ModelArn"]
            return self.arns["model"]
        resource, _, part = name.partition(" ")
        if part == "job":
            return self.newest_job(resource)
        if part == "tags":
            return self.sagemaker.list_tags(ResourceArn=self.arns[resource])["Tags"]
        text = self.fetch(f"{self.prefix}/{name}").decode()
        if name.endswith(".json"):
            return json.loads(text)
        if name.endswith(".csv"):
            return [line.split(",") for line in text.splitlines()]
        return [numbers(line.split()) for line in text.splitlines()]

    def newest_job(self, job_type: str) -> dict:
        word = job_type.title()
        jobs = getattr(self.sagemaker, f"list_{job_type}_jobs")()[f"{word}JobSummaries"]
        describe = getattr(self.sagemaker, f"describe_{job_type}_job")
        job = describe(**{f"{word}JobName": jobs[0][f"{word}JobName"]})
        self.jobs[job_type], self.arns[job_type] = job, job[f"{word}JobArn"]
        return job

    def trained_model(self):
        import xgboost

        name = self.jobs["training"]["TrainingJobName"]
        content = self.fetch(f"{self.prefix}/output/{name}/output/model.tar.gz")
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            model = archive.extractfile("xgboost-model").read()
        return xgboost.Booster({"nthread": 1}, model_file=bytearray(model))

    def fetch(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()


def numbers(items: list[str]) -> list:
    """Convert the items of a line: a label or a score, and pairs of column and count."""
    pairs = [item.partition(":") for item in items]
    return [(int(c), float(n)) if colon else float(c) for c, colon, n in pairs]


if __name__ == "__main__":
    sys.exit(main())
