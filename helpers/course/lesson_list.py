"""The lessons, in order: the one list behind README's table and JupyterLab's start page."""

from __future__ import annotations

from helpers.course.lesson import JOBS, Lesson, Subject

_TUNING_JOBS = (*JOBS, "tuning job")
_ENDPOINT_OF_A_DAY = "under one US dollar, if you delete the endpoint on the same day"

_BATCH = Subject(
    title="Boston Housing - XGBoost (Batch Transform)",
    label="Boston Housing, batch transform",
    cost="a few US cents",
)
_DEPLOY = Subject(
    title="Boston Housing - XGBoost (Deploy)",
    label="Boston Housing, deploy",
    cost="a few US cents, if you delete the endpoint",
)
_UPDATING = Subject(
    title="Boston Housing - Updating an Endpoint",
    label="Boston Housing, update an endpoint",
    cost="under one US dollar, if you delete the endpoint",
    makes=("training job",),
)
_TUNING = Subject(
    title="Boston Housing - XGBoost (Hyperparameter Tuning)",
    label="Boston Housing, hyperparameter tuning",
    cost="under ten US cents",
    makes=_TUNING_JOBS,
)
_SCRIPT = Subject(
    title="Boston Housing - XGBoost (Script Mode)",
    label="Boston Housing, a script of your own",
    cost="a few US cents",
)
_BATCH_PROJECT = Subject(
    title="IMDB Sentiment Analysis - XGBoost (Batch Transform)",
    label="IMDB reviews, mini-project",
    cost="a few US cents",
    folder="Mini-Projects",
    reports=("evaluation.json", "words.json", "mistakes.csv"),
)
_UPDATING_PROJECT = Subject(
    title="IMDB Sentiment Analysis - XGBoost (Updating a Model)",
    label="IMDB reviews, updating a model, mini-project",
    cost=_ENDPOINT_OF_A_DAY,
    makes=("training job",),
    folder="Mini-Projects",
    reports=("weeks.csv", "drift.json", "words.json", "calls.csv"),
)
_TUNING_PROJECT = Subject(
    title="IMDB Sentiment Analysis - XGBoost (Hyperparameter Tuning)",
    label="IMDB reviews, hyperparameter tuning, mini-project",
    cost="under ten US cents",
    makes=_TUNING_JOBS,
    folder="Mini-Projects",
    reports=("search.json", "comparison.json", "saving.json"),
)
_WEB_APP_PROJECT = "IMDB Sentiment Analysis - XGBoost - Web App"
_PYTORCH_PROJECT = Subject(
    title="IMDB Sentiment Analysis - PyTorch (Deploy)",
    label="IMDB reviews, a PyTorch model of your own, mini-project",
    cost=_ENDPOINT_OF_A_DAY,
    makes=("training job",),
    folder="Mini-Projects",
    reports=("epochs.csv", "best.json", "predictions.csv"),
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
    _BATCH.at(
        "High",
        "train XGBoost with the SageMaker Python SDK (v3), look inside the artifacts, predict a "
        "whole file",
        "15 minutes",
    ),
    _BATCH.at(
        "Low",
        "take the same nine steps with boto3, each request member by member, and see what the high "
        "level decided for you",
        "20 minutes",
    ),
    _DEPLOY.at(
        "High",
        "deploy the model to an endpoint, predict one row and many, measure its latency, read its "
        "errors, and delete it",
        "15 minutes",
    ),
    _DEPLOY.at(
        "Low",
        "take the same ten steps with boto3, from the endpoint configuration to the proof that "
        "nothing is left",
        "20 minutes",
    ),
    _UPDATING.at(
        "High",
        "let two models share an endpoint, shift calls from one to the other while a client calls "
        "without pause, and see two bad models rolled back",
        "20 minutes",
    ),
    _UPDATING.at(
        "Low",
        "take the same ten steps with boto3, from two variants to a canary with an alarm, and see "
        "how to tell a rollback from a success",
        "25 minutes",
    ),
    _TUNING.at(
        "High",
        "let a tuning job train twenty models, watch its search, and tell a better model from a "
        "lucky one",
        "20 minutes",
    ),
    _TUNING.at(
        "Low",
        "take the same nine steps with boto3, from the ranges to the warm start, each request "
        "member by member",
        "25 minutes",
    ),
    _SCRIPT.at(
        "High",
        "train with a script of your own in XGBoost's image, first on this machine and then as a "
        "job, and find out why a script failed",
        "15 minutes",
    ),
    _SCRIPT.at(
        "Low",
        "start the same script with boto3 and nothing in between, and see what the high level adds",
        "20 minutes",
    ),
    _BATCH_PROJECT.at(
        "High",
        "do it yourself: seven tasks from raw text to an evaluated classifier, each checked right "
        "away",
    ),
    _BATCH_PROJECT.at("Low", "do the same seven tasks with boto3"),
    _UPDATING_PROJECT.at(
        "High",
        "find out that people write differently and which words did it, train a second model, and "
        "update the endpoint while calls keep coming",
    ),
    _UPDATING_PROJECT.at("Low", "do the same six tasks with boto3"),
    _TUNING_PROJECT.at(
        "High",
        "search for better hyperparameters, prove that the model is better, and find out what "
        "stopping bad jobs early saves and costs",
    ),
    _TUNING_PROJECT.at("Low", "do the same seven tasks with boto3"),
    Lesson(
        title=_WEB_APP_PROJECT,
        label="IMDB reviews, web app, mini-project",
        path=f"Mini-Projects/{_WEB_APP_PROJECT}.ipynb",
        solution=f"Mini-Projects/Solutions/{_WEB_APP_PROJECT} - Solution.ipynb",
        objective="put the model behind a web page: write the function that counts the words, asks "
        "the endpoint and explains its score",
        time="an hour or two",
        cost=_ENDPOINT_OF_A_DAY,
        makes=("training job",),
        reports=("max_counts.json", "app/function.zip"),
    ),
    _PYTORCH_PROJECT.at(
        "High",
        "train a network that reads words in their order by a script of your own, choose its "
        "epoch, serve it with your own inference code, and compare it with XGBoost",
    ),
    _PYTORCH_PROJECT.at("Low", "do the same six tasks with boto3"),
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
