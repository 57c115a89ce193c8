"""A learner who does the tasks of the IMDB exercise by plain calls, and can make mistakes."""

import contextlib
import csv
import functools
import io
import json
import tarfile
import uuid
from pathlib import Path
from typing import NamedTuple

import numpy
import xgboost
from botocore.exceptions import ClientError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import train_test_split

from helpers.datasets import imdb
from helpers.datasets.imdb import synthetic
from helpers.grading.exercises import IMDB_BATCH_TRANSFORM
from helpers.grading.submission import Submission
from helpers.grading.tasks import TaskResult, judge
from helpers.tagging import tags
from helpers.text import save_vocabulary, words, write_libsvm
from support import jobs
from support.exercise_learner import ExerciseLearner

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
SETTINGS = {
    "objective": "binary:logistic",
    "eval_metric": "error,logloss",
    "max_depth": "3",
    "eta": "0.4",
    "num_round": "40",
    "early_stopping_rounds": "10",
}
LIBSVM = "text/libsvm"

TASKS = [task.name for task in IMDB_BATCH_TRANSFORM.tasks]
WORDS, FILES, TRAIN, TRANSFORM, EVALUATE, DECIDING, MISTAKES = TASKS


def small_corpus(folder: Path) -> imdb.Corpus:
    """Return a third of the synthetic reviews: enough to learn from, and fast."""
    whole = folder / "whole"
    synthetic.write(whole)
    for path in whole.rglob("*.txt"):
        if int(path.name.partition("_")[0]) % 3 == 0:
            target = folder / "part" / path.relative_to(whole)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
    return imdb.Corpus(folder / "part", "synthetic", "a test")


class Reviews(NamedTuple):
    """The reviews of a split."""

    names: list[str]
    labels: numpy.ndarray
    texts: list[str]


@functools.cache
def reviews(corpus: imdb.Corpus, split: str) -> Reviews:
    table = imdb.load(split, corpus, quiet=True)
    return Reviews(table["review"].tolist(), table["sentiment"].to_numpy(), table["text"].tolist())


class Learner(ExerciseLearner):
    """Do one task per method; the arguments are for doing it wrong."""

    exercise = IMDB_BATCH_TRANSFORM

    def __init__(self, session, corpus: imdb.Corpus, folder: Path, role: str, level="High"):
        super().__init__(session, corpus, f"Learner {uuid.uuid4().hex[:8]} - {level} Level")
        self.role = role
        self.folder = folder / uuid.uuid4().hex
        self.folder.mkdir()
        self.train_half, self.test_half = (reviews(corpus, split) for split in ("train", "test"))

    def judge(self, task: str, accuracy: float = 0.6, since=None) -> TaskResult:
        submission = Submission(self.session, self.lesson, self.corpus, accuracy, since)
        return judge(self.exercise.task(task), submission)

    def words(self, splits=("train",), vocabulary=None):
        """Do task 1, the vocabulary."""
        texts = [text for split in splits for text in reviews(self.corpus, split).texts]
        self.vectorizer = CountVectorizer(analyzer=words, max_features=5000).fit(texts)
        save_vocabulary(self.folder / "v.json", vocabulary or self.vectorizer.vocabulary_)
        self.put("vocabulary.json", (self.folder / "v.json").read_bytes())

    def split(self, labels=None):
        """Do the first half of task 2, the split."""
        features = self.vectorizer.transform(self.train_half.texts)
        labels = self.train_half.labels if labels is None else labels
        parts = train_test_split(features, labels, test_size=0.2, random_state=1, stratify=labels)
        self.parts = {"train": (parts[0], parts[2]), "validation": (parts[1], parts[3])}
        self.parts["test"] = (self.vectorizer.transform(self.test_half.texts), None)

    def upload(self, edit=lambda text: text, only=None, key="{name}/{name}.libsvm"):
        """Do the second half of task 2. edit: of the text of each file, or of that of `only`."""
        for name, (features, labels) in self.parts.items():
            path = self.folder / name
            write_libsvm(path, features, labels)
            text = path.read_text()
            changed = name == only if only else labels is not None
            self.put(key.format(name=name), edit(text) if changed else text)

    def files(self):
        """Do tasks 1 and 2."""
        self.words()
        self.split()
        self.upload()

    def files_like(self, other: "Learner"):
        """Do tasks 1 and 2 with the words that another learner has counted."""
        self.vectorizer, self.parts = other.vectorizer, dict(other.parts)
        self.put("vocabulary.json", other.get("vocabulary.json"))
        self.upload()

    def train(
        self, content_type=LIBSVM, channels=None, end="/", edit=lambda request: None, **settings
    ):
        """Do task 3. A setting of None is left out. end: of the channels' URIs."""
        channels = channels or {"train": "train", "validation": "validation"}
        content = {"ContentType": content_type} if content_type else {}
        name = f"learner-{uuid.uuid4().hex[:20]}"
        request = {
            "TrainingJobName": name,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "HyperParameters": {k: v for k, v in {**SETTINGS, **settings}.items() if v is not None},
            "InputDataConfig": [
                {
                    "ChannelName": channel,
                    "DataSource": {
                        "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": self.uri(where + end)}
                    },
                    **content,
                }
                for channel, where in channels.items()
            ],
            "OutputDataConfig": {"S3OutputPath": self.uri("output")},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 5,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "RoleArn": self.role,
            "Tags": tags(self.lesson),
        }
        edit(request)
        self.sagemaker.create_training_job(**request)
        self.job = jobs.wait_for_training(self.sagemaker, name)

    def transform(
        self,
        where="test",
        content_type=LIBSVM,
        split="Line",
        artifacts=None,
        end="/",
        edit=lambda request: None,
        edit_model=lambda request: None,
    ):
        """Do task 4. end: of the URI."""
        artifacts = artifacts or self.job["ModelArtifacts"]["S3ModelArtifacts"]
        model = {
            "ModelName": self.job["TrainingJobName"],
            "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": artifacts},
            "ExecutionRoleArn": self.role,
            "Tags": tags(self.lesson),
        }
        edit_model(model)
        with contextlib.suppress(ClientError):  # not created yet
            self.sagemaker.delete_model(ModelName=model["ModelName"])
        self.sagemaker.create_model(**model)
        source = {"S3DataType": "S3Prefix", "S3Uri": self.uri(where + end)}
        transform_input = {"DataSource": {"S3DataSource": source}, "SplitType": split}
        if content_type:
            transform_input["ContentType"] = content_type
        request = {
            "TransformJobName": f"learner-{uuid.uuid4().hex[:20]}",
            "ModelName": model["ModelName"],
            "TransformInput": transform_input,
            "TransformOutput": {"S3OutputPath": self.uri("predictions"), "AssembleWith": "Line"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            "BatchStrategy": "MultiRecord",
            "Tags": tags(self.lesson),
        }
        edit(request)
        self.sagemaker.create_transform_job(**request)
        jobs.wait_for_transform(self.sagemaker, request["TransformJobName"])

    def newest(self, job_type: str) -> str:
        """Return the name of the newest job."""
        summary = getattr(self.sagemaker, f"list_{job_type}_jobs")(
            SortBy="CreationTime", SortOrder="Descending", MaxResults=1
        )[f"{job_type.title()}JobSummaries"][0]
        return summary[f"{job_type.title()}JobName"]

    def scores(self) -> numpy.ndarray:
        body = self.get("predictions/test.libsvm.out")
        return numpy.array([float(line) for line in body.split()])

    def evaluate(self, predicted=None, labels=None, edit=lambda accuracy, matrix: None):
        """Do task 5, the evaluation."""
        predicted = (self.scores() > 0.5) * 1 if predicted is None else predicted
        labels = self.test_half.labels if labels is None else labels
        accuracy = float((predicted == labels).mean())
        matrix = {
            t: {p: int(((labels == int(t)) & (predicted == int(p))).sum()) for p in "01"}
            for t in "01"
        }
        report = edit(accuracy, matrix) or (accuracy, matrix)
        metrics = {
            "accuracy": {"value": report[0], "standard_deviation": "NaN"},
            "confusion_matrix": report[1],
        }
        self.put("evaluation.json", json.dumps({"binary_classification_metrics": metrics}))

    def model(self) -> xgboost.Booster:
        key = self.job["ModelArtifacts"]["S3ModelArtifacts"].partition(f"{self.bucket}/")[2]
        body = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(body)) as packed:
            return xgboost.Booster(model_file=bytearray(packed.extractfile("xgboost-model").read()))

    def deciding(self, kind="total_gain", terms=None, edit=lambda words: words):
        """Do task 6, the deciding words."""
        gains = self.model().get_score(importance_type=kind)
        terms = terms or self.vectorizer.get_feature_names_out().tolist()
        order = sorted(gains, key=gains.get, reverse=True)
        self.put("words.json", json.dumps(edit([terms[int(name[1:])] for name in order])[:20]))

    def mistakes(self, edit=lambda rows: rows):
        """Do task 7, the worst mistakes."""
        scores, labels = self.scores(), self.test_half.labels
        rows = [
            (name, int(label), float(score))
            for name, label, score in zip(self.test_half.names, labels, scores, strict=True)
            if (score > 0.5) != (label == 1)
        ]
        rows.sort(key=lambda row: -abs(row[2] - 0.5))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("review", "sentiment", "score"))
        writer.writerows(edit(rows)[:20])
        self.put("mistakes.csv", text.getvalue())

    def everything(self):
        self.files()
        self.train()
        self.transform()
        self.evaluate()
        self.deciding()
        self.mistakes()
