"""A learner who does the tasks of the exercise on the web app by plain calls."""

import json
import tempfile
import uuid
from pathlib import Path

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import train_test_split

from helpers import web_app
from helpers.datasets import imdb
from helpers.grading.exercises import IMDB_WEB_APP
from helpers.home import CHECKOUT
from helpers.tagging import tags
from helpers.text import save_vocabulary, words, write_libsvm
from support import jobs
from support.exercise_learner import ExerciseLearner
from support.learner import IMAGE, LIBSVM

SOLUTION = CHECKOUT / "Mini-Projects/Solutions/web_app/handler.py"
EXERCISE = CHECKOUT / "Mini-Projects/web_app/handler.py"
TASKS = [task.name for task in IMDB_WEB_APP.tasks]
COUNTS, SERVE, REQUEST, WORDS, SCORES, EXPLANATION = TASKS
SETTINGS = {  # as in the notebook
    "objective": "binary:logistic",
    "eval_metric": "error,logloss",
    "max_depth": "5",
    "eta": "0.2",
    "gamma": "4",
    "min_child_weight": "6",
    "subsample": "0.8",
    "num_round": "500",
    "early_stopping_rounds": "10",
}


class WebAppLearner(ExerciseLearner):
    """Do one task per method; the arguments are for doing it wrong."""

    exercise = IMDB_WEB_APP

    def __init__(self, session, corpus: imdb.Corpus, folder: Path, role: str):
        super().__init__(session, corpus, f"Web App {uuid.uuid4().hex[:8]}")
        self.role, self.folder = role, folder

    def prepare(self):
        """Do what the notebook does before task 1."""
        reviews = imdb.load("train", self.corpus, quiet=True)
        self.vectorizer = CountVectorizer(analyzer=words, max_features=5000)
        features = self.vectorizer.fit_transform(reviews["text"])
        labels = reviews["sentiment"]
        self.parts = train_test_split(
            features, labels, test_size=0.2, random_state=1, stratify=labels
        )
        save_vocabulary(self.folder / "vocabulary.json", self.vectorizer.vocabulary_)
        self.put("vocabulary.json", (self.folder / "vocabulary.json").read_bytes())
        for number, name in enumerate(("train", "validation")):
            write_libsvm(self.folder / name, self.parts[number], self.parts[number + 2])
            self.put(f"{name}/{name}.libsvm", (self.folder / name).read_bytes())

    def highest(self, part: int = 0) -> list[int]:
        """Return the highest counts of train, or of validation (1)."""
        return self.parts[part].max(axis=0).toarray().ravel().tolist()

    def max_counts(self, content=None):
        """Do task 1."""
        text = json.dumps(self.highest() if content is None else content)
        (self.folder / "max_counts.json").write_text(text)
        self.put("max_counts.json", text)

    def train(self):
        name = f"web-app-{uuid.uuid4().hex[:12]}"
        channels = [
            jobs.channel(self.uri(f"{channel}/"), channel, LIBSVM)
            for channel in ("train", "validation")
        ]
        request = jobs.training_request(
            self.bucket,
            TrainingJobName=name,
            RoleArn=self.role,
            HyperParameters=SETTINGS,
            InputDataConfig=channels,
            OutputDataConfig={"S3OutputPath": self.uri("output")},
            Tags=tags(self.lesson),
        )
        self.sagemaker.create_training_job(**request)
        self.job = jobs.wait_for_training(self.sagemaker, name)

    def serve(self):
        """Do task 2."""
        self.endpoint = name = self.job["TrainingJobName"]
        artifacts = self.job["ModelArtifacts"]["S3ModelArtifacts"]
        variant = {"VariantName": "AllTraffic", "ModelName": name, "InitialInstanceCount": 1}
        own_tags = {"Tags": tags(self.lesson)}
        self.sagemaker.create_model(
            ModelName=name,
            PrimaryContainer={"Image": IMAGE, "ModelDataUrl": artifacts},
            ExecutionRoleArn=self.role,
            **own_tags,
        )
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[{**variant, "InstanceType": "ml.m5.large"}],
            **own_tags,
        )
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, **own_tags)
        self.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name)

    def package(self, *edits: tuple[str, str], handler: Path = SOLUTION) -> Path:
        """Return the package of the solution's function, in which each edit replaces a text."""
        source = handler.read_text()
        for old, new in edits:
            assert old in source, old
            source = source.replace(old, new)
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        (folder / "handler.py").write_text(source)
        files = (self.folder / name for name in ("vocabulary.json", "max_counts.json"))
        return web_app.package(folder / "function.zip", folder / "handler.py", *files)

    def pack(self, *edits: tuple[str, str], handler: Path = SOLUTION):
        """Do tasks 3 to 6."""
        self.put("app/function.zip", self.package(*edits, handler=handler).read_bytes())

    def everything(self):
        self.prepare()
        self.max_counts()
        self.train()
        self.serve()
        self.pack()
