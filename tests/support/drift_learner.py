"""A learner who does the tasks of the exercise on updating a model by plain calls."""

import csv
import io
import json
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import train_test_split

from helpers.datasets import imdb
from helpers.grading import drift_statistics, submitted_model
from helpers.grading.drift_words_task import tested_terms
from helpers.grading.exercises import IMDB_UPDATING
from helpers.s3 import parse
from helpers.tagging import tags
from helpers.text import save_vocabulary, words, write_libsvm
from support import jobs
from support.exercise_learner import ExerciseLearner
from support.learner import IMAGE, LIBSVM, SETTINGS

TASKS = [task.name for task in IMDB_UPDATING.tasks]
SERVE, WEEKS, DRIFT, WORDS, SECOND, UPDATE = TASKS


class DriftLearner(ExerciseLearner):
    """Do one task per method; the arguments are for doing it wrong."""

    exercise = IMDB_UPDATING

    def __init__(self, session, corpus: imdb.Corpus, folder: Path, role: str):
        super().__init__(session, corpus, f"Drift {uuid.uuid4().hex[:8]} - Low Level")
        self.role, self.folder = role, folder
        self.old, self.weekly, self.new = imdb.load_drifting(corpus, quiet=True)
        self.vocabularies: dict[str, dict[str, int]] = {}
        self.jobs: dict[str, dict] = {}
        self.models: dict[str, object] = {}

    def vocabulary(self, folder: str, vocabulary: dict[str, int]):
        """Upload a vocabulary."""
        self.vocabularies[folder] = vocabulary
        save_vocabulary(self.folder / "v.json", vocabulary)
        self.put(f"{folder}/vocabulary.json", (self.folder / "v.json").read_bytes())

    def features(self, texts, folder: str):
        return CountVectorizer(analyzer=words, vocabulary=self.vocabularies[folder]).transform(
            texts
        )

    def files(self, folder: str, features, labels):
        """Upload train/ and validation/ below a folder."""
        parts = train_test_split(features, labels, test_size=0.2, random_state=1, stratify=labels)
        for number, name in enumerate(("train", "validation")):
            write_libsvm(self.folder / name, parts[number], parts[number + 2])
            self.put(f"{folder}/{name}/{name}.libsvm", (self.folder / name).read_bytes())

    def train(self, folder: str):
        """Train on the files below a folder."""
        name = f"drift-{folder}-{uuid.uuid4().hex[:12]}"
        channels = [
            {
                "ChannelName": channel,
                "ContentType": LIBSVM,
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": self.uri(f"{folder}/{channel}/"),
                    }
                },
            }
            for channel in ("train", "validation")
        ]
        self.sagemaker.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            HyperParameters={**SETTINGS, "max_depth": "5", "num_round": "60"},
            InputDataConfig=channels,
            OutputDataConfig={"S3OutputPath": self.uri("output")},
            ResourceConfig={
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 5,
            },
            StoppingCondition={"MaxRuntimeInSeconds": 600},
            RoleArn=self.role,
            Tags=tags(self.lesson),
        )
        self.jobs[folder] = jobs.wait_for_training(self.sagemaker, name)
        artifacts = parse(self.artifacts(folder))
        body = self.s3.get_object(Bucket=artifacts.bucket, Key=artifacts.key)["Body"].read()
        self.models[folder] = submitted_model.load(body)

    def artifacts(self, folder: str) -> str:
        return self.jobs[folder]["ModelArtifacts"]["S3ModelArtifacts"]

    def first(self):
        """Do what the notebook does before task 1."""
        bag = CountVectorizer(analyzer=words, max_features=5000).fit(self.old["text"])
        self.vocabulary("first", {term: int(n) for term, n in bag.vocabulary_.items()})
        self.files("first", self.features(self.old["text"], "first"), self.old["sentiment"])
        self.train("first")

    def plan(self, which: str) -> str:
        """Create the model and the configuration of one of both models; return their name."""
        name = self.jobs[which]["TrainingJobName"]
        self.sagemaker.create_model(
            ModelName=name,
            PrimaryContainer={"Image": IMAGE, "ModelDataUrl": self.artifacts(which)},
            ExecutionRoleArn=self.role,
            Tags=tags(self.lesson),
        )
        variant = {"VariantName": which, "ModelName": name, "InstanceType": "ml.m5.large"}
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[{**variant, "InitialInstanceCount": 1}],
            Tags=tags(self.lesson),
        )
        return name

    def serve(self):
        """Do task 1."""
        config = self.plan("first")
        self.endpoint = config.replace("-first", "")
        self.sagemaker.create_endpoint(
            EndpointName=self.endpoint, EndpointConfigName=config, Tags=tags(self.lesson)
        )
        self.in_service()

    def in_service(self):
        self.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=self.endpoint)

    def scores(self, model: str = "first", features=None) -> numpy.ndarray:
        """Return a model's score of each weekly review, under the first vocabulary."""
        features = self.features(self.weekly["text"], "first") if features is None else features
        return submitted_model.predict(self.models[model], features)

    def weeks(self, right: Callable | None = None, scores=None, edit=lambda rows: rows):
        """Do task 2. right(labels, scores): how many are right."""
        scores = self.scores() if scores is None else scores
        right = right or (lambda labels, own: int(((own > 0.5) == (labels == 1)).sum()))
        rows = [["week", "reviews", "right"]]
        for week in range(1, 11):
            chosen = (self.weekly["week"] == week).to_numpy()
            labels = self.weekly["sentiment"].to_numpy()[chosen]
            rows.append([week, len(labels), right(labels, scores[chosen])])
        self.put("weeks.csv", csv_text(edit(rows)))

    def counts(self) -> dict[int, tuple[int, int]]:
        """Return the right counts of task 2, as the tests of drift take them."""
        right = (self.scores() > 0.5) == (self.weekly["sentiment"] == 1).to_numpy()
        weeks = self.weekly["week"].to_numpy()
        return {
            week: (int((weeks == week).sum()), int(right[weeks == week].sum()))
            for week in range(1, 11)
        }

    def drift(self, p_values=None, edit=lambda report: None):
        """Do task 3."""
        p_values = p_values or drift_statistics.weekly_p_values(self.counts())
        drifted = [week for week, p_value in p_values.items() if p_value < 0.01 / 6]
        report = {"limit": 0.01 / 6, "p_values": p_values, "drifted": drifted}
        self.put("drift.json", json.dumps(edit(report) or report))

    def words(self, edit=lambda report: None):
        """Do task 4."""
        report = {
            name: sorted(test.significant) for name, test in tested_terms(self.corpus).items()
        }
        self.put("words.json", json.dumps(edit(report) or report))

    def extended(self, texts=None) -> dict[str, int]:
        """Return the second vocabulary."""
        bag = CountVectorizer(analyzer=words, max_features=5000)
        bag.fit(self.new["text"] if texts is None else texts)
        vocabulary = dict(self.vocabularies["first"])
        for term in bag.get_feature_names_out():
            vocabulary.setdefault(term, len(vocabulary))
        return vocabulary

    def second_files(self, texts=None, labels=None):
        """Do the middle of task 5."""
        texts = [*self.old["text"], *self.new["text"]] if texts is None else texts
        labels = [*self.old["sentiment"], *self.new["sentiment"]] if labels is None else labels
        self.files("second", self.features(texts, "second"), labels)

    def second(self):
        """Do task 5."""
        self.vocabulary("second", self.extended())
        self.second_files()
        self.train("second")

    def update(self):
        """Do task 6, without the log."""
        config = self.plan("second")
        self.sagemaker.update_endpoint(EndpointName=self.endpoint, EndpointConfigName=config)
        self.in_service()

    def calls(self, phases=("first first", "second first", "second second"), error="", each=300):
        """Write the log of task 6. error: of the last call."""
        rows = [["seconds", "variant", "vocabulary", "right", "error"]]
        for number, phase in enumerate(phases):
            variant, vocabulary = phase.split()
            rows += [[number + n / each, variant, vocabulary, 1, ""] for n in range(each)]
        rows[-1][-1] = error
        self.put("calls.csv", csv_text(rows))


def csv_text(rows: list[list]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
