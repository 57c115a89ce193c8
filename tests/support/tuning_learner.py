"""A learner who does the tasks of the exercise on tuning by plain calls."""

import copy
import json
import uuid
from collections.abc import Callable

import numpy
from scipy.stats import binomtest

from helpers.grading.exercises import IMDB_TUNING
from helpers.grading.submission import Submission
from helpers.grading.tasks import TaskResult
from helpers.tagging import tags
from support import tuning
from support.exercise_learner import ExerciseLearner
from support.learner import IMAGE, LIBSVM, Learner

TASKS = [task.name for task in IMDB_TUNING.tasks]
FILES, UNTUNED, SEARCH, RESULT, TRANSFORM, COMPARE, STOP = TASKS
FIXED = {
    "objective": "binary:logistic",
    "eval_metric": "error,auc,logloss",
    "num_round": "40",
    "early_stopping_rounds": "10",
}
MOST_SEARCHES = 5
GIVEN = {"max_depth": "5", "eta": "0.2", "gamma": "4", "min_child_weight": "6", "subsample": "0.8"}


def ends(name: str, low: float, high: float, scaling: str = "Linear") -> dict:
    return {"Name": name, "MinValue": f"{low}", "MaxValue": f"{high}", "ScalingType": scaling}


RANGES = {
    "IntegerParameterRanges": [ends("max_depth", 3, 8)],
    "ContinuousParameterRanges": [
        ends("eta", 0.05, 0.5, "Logarithmic"),
        ends("min_child_weight", 1, 10, "Logarithmic"),
    ],
}


class TuningLearner(Learner):
    """Do one task per method; the arguments are for doing it wrong.

    first, second: the answers of the last Describe of both searches; jobs: the summaries of their
    training jobs by name; scores: those of both models.
    """

    exercise = IMDB_TUNING

    def judge(self, task: str, edit: Callable = lambda operation, answer: None) -> TaskResult:
        """Judge a task; edit(operation, answer) may change what SageMaker answers."""

        def edit_all(operation: str, answer: dict):
            # One job at a time makes it certain which jobs are stopped, but the task asks for two.
            if operation == "describe_hyper_parameter_tuning_job":
                limits = answer["HyperParameterTuningJobConfig"]["ResourceLimits"]
                limits["MaxParallelTrainingJobs"] = 2
            edit(operation, answer)

        return ExerciseLearner.judge(self, task, edit_all)

    def untuned(self):
        """Do task 2."""
        self.train(**{**FIXED, **GIVEN})

    def search(self, **config) -> dict:
        """Do task 3; return the last answer of Describe."""
        channels = [
            {
                "ChannelName": name,
                "ContentType": LIBSVM,
                "DataSource": {
                    "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": self.uri(f"{name}/")}
                },
            }
            for name in ("train", "validation")
        ]
        definition = {
            "StaticHyperParameters": FIXED,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "InputDataConfig": channels,
            "OutputDataConfig": {"S3OutputPath": self.uri("output")},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 5,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            "RoleArn": self.role,
        }
        request = {
            "HyperParameterTuningJobName": f"imdb-{uuid.uuid4().hex[:20]}",
            "HyperParameterTuningJobConfig": {
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {
                    "Type": "Minimize",
                    "MetricName": "validation:logloss",
                },
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 8, "MaxParallelTrainingJobs": 1},
                "ParameterRanges": RANGES,
                "RandomSeed": 1,
                **config,
            },
            "TrainingJobDefinition": definition,
            "Tags": tags(self.lesson),
        }
        return tuning.tune(self.sagemaker, request)

    def jobs_of(self, search: dict) -> list[dict]:
        """Return the training jobs of a search by name."""
        listed = tuning.training_jobs(self.sagemaker, search["HyperParameterTuningJobName"])
        return sorted(listed, key=lambda job: job["TrainingJobName"])

    def searches(self):
        """Do task 3, and the search of task 7.

        It is repeated if no job was stopped before its last tree: on a busy machine all its lines
        may be read at once.
        """
        self.first = self.search()
        self.jobs = {"first": self.jobs_of(self.first)}
        for _ in range(MOST_SEARCHES):
            self.second = self.search(TrainingJobEarlyStoppingType="Auto")
            self.jobs["second"] = self.jobs_of(self.second)
            if sum(self.trees("second")) < sum(self.trees("first")):
                break

    def result(self, edit=lambda report: None):
        """Do task 4."""
        best = self.first["BestTrainingJob"]
        report = {
            "job": best["TrainingJobName"],
            "objective": best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"],
            "values": {name: float(text) for name, text in best["TunedHyperParameters"].items()},
        }
        self.put("search.json", json.dumps(edit(report) or report))

    def transforms(self):
        """Do task 5."""
        untuned = self.job
        best = self.first["BestTrainingJob"]["TrainingJobName"]
        self.best = self.sagemaker.describe_training_job(TrainingJobName=best)
        self.both_scores = {}
        for which, job in (("untuned", untuned), ("tuned", self.best)):
            self.job = job
            output = self.uri(f"predictions/{which}")
            self.transform(
                edit=lambda request, output=output: request["TransformOutput"].update(
                    S3OutputPath=output
                )
            )
            self.both_scores[which] = self.scores(f"predictions/{which}")
        self.job = untuned

    def scores(self, folder: str = "predictions") -> numpy.ndarray:
        key = f"{self.prefix}/{folder}/test.libsvm.out"
        body = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return numpy.array([float(line) for line in body.split()])

    def right(self) -> dict[str, numpy.ndarray]:
        """Return whether each model is right about each test review."""
        labels = self.test_half.labels == 1
        return {which: (scores > 0.5) == labels for which, scores in self.both_scores.items()}

    def compare(self, edit=lambda report: None):
        """Do task 6."""
        right, report = self.right(), {}
        for which, each in right.items():
            interval = binomtest(int(each.sum()), len(each)).proportion_ci()
            report[which] = {"right": int(each.sum()), "low": interval.low, "high": interval.high}
        report["only_untuned"] = int((right["untuned"] & ~right["tuned"]).sum())
        report["only_tuned"] = int((right["tuned"] & ~right["untuned"]).sum())
        total = report["only_untuned"] + report["only_tuned"]
        report["p_value"] = binomtest(report["only_tuned"], total).pvalue
        report["better"] = bool(
            report["only_tuned"] > report["only_untuned"] and report["p_value"] < 0.05
        )
        self.put("comparison.json", json.dumps(edit(copy.deepcopy(report)) or report))

    def trees(self, search: str) -> list[int]:
        """Return how many trees each training job has built, by its log."""
        submission = Submission(self.session, self.lesson, self.corpus)
        logs = (submission.training_log(job["TrainingJobName"]) for job in self.jobs[search])
        return [sum("]#011train-" in line for line in log.splitlines()) for log in logs]

    def saving(self, edit=lambda report: None):
        """Do the report of task 7."""
        plain, auto = (
            [
                job["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
                for job in self.jobs[which]
            ]
            for which in ("first", "second")
        )
        stopped = [job["TrainingJobStatus"] == "Stopped" for job in self.jobs["second"]]
        better = "auto" if min(auto) < min(plain) else "plain"
        report = {
            "trees": sum(self.trees("first")),
            "trees_auto": sum(self.trees("second")),
            "stopped": sum(stopped),
            "best_stopped": stopped[plain.index(min(plain))],
            "best": "equal" if min(auto) == min(plain) else better,
        }
        self.put("saving.json", json.dumps(edit(dict(report)) or report))

    def everything(self):
        self.files()
        self.untuned()
        self.searches()
        self.result()
        self.transforms()
        self.compare()
        self.saving()
