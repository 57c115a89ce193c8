"""The lessons, in order: the one list behind README's table and JupyterLab's start page."""

from __future__ import annotations

from dataclasses import dataclass

from helpers.s3 import lesson_prefix

_HOUSING = "Boston Housing - XGBoost (Batch Transform)"
_DEPLOY = "Boston Housing - XGBoost (Deploy)"
_UPDATING_ENDPOINT = "Boston Housing - Updating an Endpoint"
_TUNING = "Boston Housing - XGBoost (Hyperparameter Tuning)"
_REVIEWS = "IMDB Sentiment Analysis - XGBoost (Batch Transform)"
_UPDATING_MODEL = "IMDB Sentiment Analysis - XGBoost (Updating a Model)"
_JOBS = ("training job", "transform job")
_REPORTS = ("evaluation.json", "words.json", "mistakes.csv")
_TUNING_MODEL = "IMDB Sentiment Analysis - XGBoost (Hyperparameter Tuning)"
_UPDATING_REPORTS = ("weeks.csv", "drift.json", "words.json", "calls.csv")
_TUNING_REPORTS = ("search.json", "comparison.json", "saving.json")


@dataclass(frozen=True)
class Lesson:
    """A lesson, and what shows that somebody has worked through it.

    Parameters
    ----------
    title
        As the lesson calls itself in its cell of parameters; its tag is made from it.
    label
        As pages call it.
    path, solution
        Of the notebook and of its solution, from the checkout; no solution: empty.
    objective, time, cost
        What the learner will do, how long it takes, and what it costs on AWS.
    makes
        The types of resources that it makes.
    reports
        The names of the objects that its last tasks write, below its prefix.
    """

    title: str
    label: str
    path: str
    objective: str
    time: str
    cost: str
    makes: tuple[str, ...] = _JOBS
    solution: str = ""
    reports: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """The value of its tag ``lesson``, and the key prefix of its objects."""
        return lesson_prefix(self.title)

    @property
    def link(self) -> str:
        """A Markdown link to it, for a page in the checkout's root."""
        return f"[{self.label}](<{self.path}>)"


def _project(level: str, objective: str) -> Lesson:
    title = f"{_REVIEWS} - {level} Level"
    return Lesson(
        title=title,
        label=f"IMDB reviews, mini-project, {level} Level",
        path=f"Mini-Projects/{title}.ipynb",
        solution=f"Mini-Projects/Solutions/{title} - Solution.ipynb",
        objective=objective,
        time="an hour or two",
        cost="a few US cents",
        reports=_REPORTS,
    )


def _updating_project(level: str, objective: str) -> Lesson:
    title = f"{_UPDATING_MODEL} - {level} Level"
    return Lesson(
        title=title,
        label=f"IMDB reviews, updating a model, mini-project, {level} Level",
        path=f"Mini-Projects/{title}.ipynb",
        solution=f"Mini-Projects/Solutions/{title} - Solution.ipynb",
        objective=objective,
        time="an hour or two",
        cost="under one US dollar, if you delete the endpoint on the same day",
        makes=("training job",),
        reports=_UPDATING_REPORTS,
    )


def _tuning_project(level: str, objective: str) -> Lesson:
    title = f"{_TUNING_MODEL} - {level} Level"
    return Lesson(
        title=title,
        label=f"IMDB reviews, hyperparameter tuning, mini-project, {level} Level",
        path=f"Mini-Projects/{title}.ipynb",
        solution=f"Mini-Projects/Solutions/{title} - Solution.ipynb",
        objective=objective,
        time="an hour or two",
        cost="some ten US cents",
        makes=(*_JOBS, "tuning job"),
        reports=_TUNING_REPORTS,
    )


LESSONS = (
    Lesson(
        title="Setting Up",
        label="Setting up",
        path="Tutorial/0 - Setting Up.ipynb",
        objective="see what an account, a role and a quota are and what machines cost, and take a "
        "notebook instance from start to finish",
        time="20 minutes",
        cost="nothing",
        makes=("notebook instance",),
    ),
    Lesson(
        title=f"{_HOUSING} - High Level",
        label="Boston Housing, batch transform, High Level",
        path=f"Tutorial/{_HOUSING} - High Level.ipynb",
        objective="train XGBoost with the SageMaker Python SDK (v3), look inside the artifacts, "
        "predict a whole file",
        time="15 minutes",
        cost="a few US cents",
    ),
    Lesson(
        title=f"{_HOUSING} - Low Level",
        label="Boston Housing, batch transform, Low Level",
        path=f"Tutorial/{_HOUSING} - Low Level.ipynb",
        objective="take the same nine steps with boto3, each request member by member, and see "
        "what the high level decided for you",
        time="20 minutes",
        cost="a few US cents",
    ),
    Lesson(
        title=f"{_DEPLOY} - High Level",
        label="Boston Housing, deploy, High Level",
        path=f"Tutorial/{_DEPLOY} - High Level.ipynb",
        objective="deploy the model to an endpoint, predict one row and many, measure its latency, "
        "read its errors, and delete it",
        time="15 minutes",
        cost="a few US cents, if you delete the endpoint",
    ),
    Lesson(
        title=f"{_DEPLOY} - Low Level",
        label="Boston Housing, deploy, Low Level",
        path=f"Tutorial/{_DEPLOY} - Low Level.ipynb",
        objective="take the same ten steps with boto3, from the endpoint configuration to the "
        "proof that nothing is left",
        time="20 minutes",
        cost="a few US cents, if you delete the endpoint",
    ),
    Lesson(
        title=f"{_UPDATING_ENDPOINT} - High Level",
        label="Boston Housing, update an endpoint, High Level",
        path=f"Tutorial/{_UPDATING_ENDPOINT} - High Level.ipynb",
        objective="let two models share an endpoint, shift calls from one to the other while a "
        "client calls without pause, and see two bad models rolled back",
        time="20 minutes",
        cost="under one US dollar, if you delete the endpoint",
        makes=("training job",),
    ),
    Lesson(
        title=f"{_UPDATING_ENDPOINT} - Low Level",
        label="Boston Housing, update an endpoint, Low Level",
        path=f"Tutorial/{_UPDATING_ENDPOINT} - Low Level.ipynb",
        objective="take the same ten steps with boto3, from two variants to a canary with an "
        "alarm, and see how to tell a rollback from a success",
        time="25 minutes",
        cost="under one US dollar, if you delete the endpoint",
        makes=("training job",),
    ),
    Lesson(
        title=f"{_TUNING} - High Level",
        label="Boston Housing, hyperparameter tuning, High Level",
        path=f"Tutorial/{_TUNING} - High Level.ipynb",
        objective="let a tuning job train twenty models, watch its search, and tell a better model "
        "from a lucky one",
        time="20 minutes",
        cost="some ten US cents",
        makes=(*_JOBS, "tuning job"),
    ),
    Lesson(
        title=f"{_TUNING} - Low Level",
        label="Boston Housing, hyperparameter tuning, Low Level",
        path=f"Tutorial/{_TUNING} - Low Level.ipynb",
        objective="take the same nine steps with boto3, from the ranges to the warm start, each "
        "request member by member",
        time="25 minutes",
        cost="some ten US cents",
        makes=(*_JOBS, "tuning job"),
    ),
    _project(
        "High",
        "do it yourself: seven tasks from raw text to an evaluated classifier, each checked right "
        "away",
    ),
    _project("Low", "do the same seven tasks with boto3"),
    _updating_project(
        "High",
        "find out that people write differently and which words did it, train a second model, and "
        "update the endpoint while calls keep coming",
    ),
    _updating_project("Low", "do the same six tasks with boto3"),
    _tuning_project(
        "High",
        "search for better hyperparameters, prove that the model is better, and find out what "
        "stopping bad jobs early saves and costs",
    ),
    _tuning_project("Low", "do the same seven tasks with boto3"),
)


def readme_table() -> str:
    """Return README's table of lessons, in Markdown."""
    rows = ["| no. | lesson | you will | time | cost on AWS |", "|---|---|---|---|---|"]
    for number, lesson in enumerate(LESSONS):
        solution = f" ([solution](<{lesson.solution}>))" if lesson.solution else ""
        rows.append(
            f"| {number} | {lesson.link}{solution} | {lesson.objective} | {lesson.time} "
            f"| {lesson.cost} |"
        )
    return "\n".join(rows)
