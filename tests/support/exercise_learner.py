"""What the learners of all exercises have in common: a lesson, its objects on S3, its checks."""

import copy
from collections.abc import Callable
from types import SimpleNamespace

from helpers.datasets import imdb
from helpers.grading.submission import Submission
from helpers.grading.tasks import Exercise, TaskResult, judge
from helpers.s3 import lesson_prefix


class ExerciseLearner:
    """A learner who has begun an exercise; a subclass does its tasks, right or wrong."""

    exercise: Exercise

    def __init__(self, session, corpus: imdb.Corpus, lesson: str):
        self.session, self.corpus, self.lesson = session, corpus, lesson
        self.prefix = lesson_prefix(lesson)
        self.s3, self.sagemaker = session.client("s3"), session.client("sagemaker")
        account = session.client("sts").get_caller_identity()["Account"]
        self.bucket = f"sagemaker-{session.region_name}-{account}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.begin()

    def begin(self):
        self.put("began.json", "{}")

    def judge(self, task: str, edit: Callable | None = None) -> TaskResult:
        """Judge a task; edit(operation, answer) may change what SageMaker answers."""
        session = self.session if edit is None else edited_session(self.session, edit)
        return judge(self.exercise.task(task), Submission(session, self.lesson, self.corpus))

    def hint(self, task: str, **settings) -> str:
        """Return the hint of a task that is not passed; settings: of `judge`."""
        result = self.judge(task, **settings)
        assert not result.passed
        return result.hint

    def put(self, name: str, content: str | bytes):
        self.s3.put_object(Bucket=self.bucket, Key=f"{self.prefix}/{name}", Body=content)

    def get(self, name: str) -> bytes:
        return self.s3.get_object(Bucket=self.bucket, Key=f"{self.prefix}/{name}")["Body"].read()

    def uri(self, name: str) -> str:
        return f"s3://{self.bucket}/{self.prefix}/{name}"


def edited_session(session, edit: Callable[[str, dict], None]):
    """Return a session whose SageMaker client hands each answer to `edit`, which may change it."""
    client = session.client("sagemaker")

    class Edited:
        def __getattr__(self, name):
            method = getattr(client, name)
            if not name.startswith(("describe_", "list_")):
                return method

            def answer(**arguments):
                copied = copy.deepcopy(method(**arguments))
                edit(name, copied)
                return copied

            return answer

        def get_paginator(self, operation):
            pages = client.get_paginator(operation)

            def paginate(**arguments):
                for page in pages.paginate(**arguments):
                    copied = copy.deepcopy(page)
                    edit(operation, {**copied, "Arguments": arguments})
                    yield copied

            return SimpleNamespace(paginate=paginate)

    class Session:
        region_name = session.region_name

        def client(self, service):
            return Edited() if service == "sagemaker" else session.client(service)

    return Session()
