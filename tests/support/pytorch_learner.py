"""A learner who does the tasks of the PyTorch project by plain calls, and can make mistakes.

The course's environment has no PyTorch. So the image is the course's own Python, a command that
logs and saves as train.py does stands for it, and the endpoint, which can't serve, is shown as in
service: `scorer` answers in its place. The lesson's own run has the real ones.
"""

import csv
import io
import json
import random
import uuid
from collections.abc import Callable, Iterable
from types import SimpleNamespace

import numpy

from helpers.datasets import imdb
from helpers.grading import word_ids
from helpers.grading.exercises import IMDB_PYTORCH
from helpers.grading.submission import Submission
from helpers.grading.tasks import TaskResult, judge
from helpers.tagging import tags
from support import jobs
from support.exercise_learner import ExerciseLearner, edited_session
from support.pytorch_image import INFERENCE_IMAGE, TRAINING_IMAGE

TASKS = [task.name for task in IMDB_PYTORCH.tasks]
NUMBER, PAD, TRAIN, EPOCH, DEPLOY, TEST = TASKS

EPOCHS = [(1, 0.6, 0.7), (2, 0.4, 0.9), (3, 0.2, 0.8)]  # loss, accuracy
METRICS = [{"Name": "validation:accuracy", "Regex": "validation_accuracy=([0-9.]+)"}]
SCRIPT = "\n".join(
    [
        *(
            f"echo 'epoch={epoch} train_loss={loss:.9f} validation_loss=0.5 "
            f"validation_accuracy={accuracy:.4f} seconds=1.00'"
            for epoch, loss, accuracy in EPOCHS
        ),
        'cd "$(dirname "$0")/../../../model"',  # from /opt/ml/input/data/code
        "mkdir code",
        "touch model.pth vocabulary.json code/inference.py",
    ]
)


def tagged(request: dict, lesson: str) -> dict:
    return {**request, "Tags": tags(lesson)}


class PyTorchLearner(ExerciseLearner):
    """Do one task per method; the arguments are for doing it wrong."""

    exercise = IMDB_PYTORCH

    def __init__(self, session, corpus: imdb.Corpus, level: str = "High"):
        super().__init__(session, corpus, f"PyTorch {uuid.uuid4().hex[:8]} - {level} Level")
        self.scorer = lambda text: 1 / (1 + len(text))  # some number between 0 and 1
        self.reviews = word_ids.load(corpus, "train")

    def judge(self, task: str, edit: Callable | None = None, accuracy: float = 0.0) -> TaskResult:
        """Judge a task; edit(operation, answer) may change what SageMaker answers."""

        def edit_all(operation: str, answer: dict) -> None:
            if operation == "describe_endpoint":
                answer["EndpointStatus"] = "InService"
            if edit is not None:
                edit(operation, answer)

        submission = Submission(
            edited_session(self.session, edit_all), self.lesson, self.corpus, accuracy
        )
        submission.runtime = SimpleNamespace(invoke_endpoint=self._invoke)
        return judge(self.exercise.task(task), submission)

    def _invoke(self, EndpointName: str, ContentType: str, Body: bytes) -> dict:
        """Answer as the endpoint would."""
        lines = "".join(f"{self.scorer(text)}\n" for text in Body.decode().split("\n"))
        return {"Body": io.BytesIO(lines.encode())}

    def number(self, words: Iterable[list[str]] | None = None, edit=lambda ids: ids):
        """Do task 1. edit: of the vocabulary."""
        self.ids = word_ids.vocabulary(self.reviews.words if words is None else words)
        self.put("train/vocabulary.json", json.dumps(edit(self.ids)))

    def rows(self, **options) -> list[list[int]]:
        """Return the rows of all training reviews, mixed; options: of `word_ids.padded`."""
        ids = word_ids.padded(self.reviews.words, self.ids, **options)
        rows = numpy.column_stack([self.reviews.labels, ids]).tolist()
        random.Random(1).shuffle(rows)
        return rows

    def pad(self, rows: list | None = None, edit=lambda row: row, share=0.2, header=False):
        """Do task 2. edit: of each row; share: of validation rows."""
        rows = [edit(row) for row in (self.rows() if rows is None else rows)]
        end = int(share * len(rows))
        for name, part in (("validation", rows[:end]), ("train", rows[end:])):
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            if header:
                writer.writerow(range(len(part[0])))
            writer.writerows(part)
            self.put(f"{name}/{name}.csv", text.getvalue())

    def train(self):
        """Do task 3."""
        self.put("code/run.sh", SCRIPT)
        request = jobs.training_request(
            self.bucket,
            TrainingJobName=jobs.new_name("imdb-pytorch"),
            AlgorithmSpecification={
                "TrainingImage": TRAINING_IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": METRICS,
                "ContainerEntrypoint": ["/bin/sh", "/opt/ml/input/data/code/run.sh"],
            },
            HyperParameters={"epochs": "3"},
            InputDataConfig=[
                jobs.channel(self.uri(f"{name}/"), name, None)
                for name in ("train", "validation", "code")
            ],
            OutputDataConfig={"S3OutputPath": self.uri("output")},
        )
        self.sagemaker.create_training_job(**tagged(request, self.lesson))
        self.job = jobs.wait_for_training(self.sagemaker, request["TrainingJobName"])

    def choose(self, rows=EPOCHS, best=2, header="epoch,train_loss,validation_accuracy"):
        """Do task 4."""
        lines = [header, *(",".join(map(str, row)) for row in rows)]
        self.put("epochs.csv", "\n".join(lines) + "\n")
        self.put("best.json", json.dumps({"epoch": best}))

    def deploy(self):
        """Do task 5."""
        self.endpoint = name = self.job["TrainingJobName"]
        container = {
            "Image": INFERENCE_IMAGE,
            "ModelDataUrl": self.job["ModelArtifacts"]["S3ModelArtifacts"],
            "Environment": {
                "SAGEMAKER_PROGRAM": "inference.py",
                "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
            },
        }
        model = {
            "ModelName": name,
            "PrimaryContainer": container,
            "ExecutionRoleArn": jobs.ROLE,
        }
        self.sagemaker.create_model(**tagged(model, self.lesson))
        variant = {
            "VariantName": "AllTraffic",
            "ModelName": name,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": 1,
        }
        config = {"EndpointConfigName": name, "ProductionVariants": [variant]}
        self.sagemaker.create_endpoint_config(**tagged(config, self.lesson))
        endpoint = {"EndpointName": name, "EndpointConfigName": name}
        self.sagemaker.create_endpoint(**tagged(endpoint, self.lesson))

    def test(self, edit=lambda rows: rows, header="review,score"):
        """Do task 6. edit: of the list of name and score of each test review."""
        test = word_ids.load(self.corpus, "test")
        rows = list(zip(test.names, map(self.scorer, test.texts), strict=True))
        lines = [header, *(f"{name},{score}" for name, score in edit(rows))]
        self.put("predictions.csv", "\n".join(lines) + "\n")

    def everything(self):
        self.number()
        self.pad()
        self.train()
        self.choose()
        self.deploy()
        self.test()
