"""Lists with many resources: paged, small, and as fast as those with few."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from support.console import REGION, rows

from helpers.local.console.pages import make_page
from helpers.local.console.render import fragments, navigation, render
from helpers.local.console.view import View
from helpers.local.state.database import Database

START = datetime(2026, 11, 1, tzinfo=UTC)
COUNT = 1000


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    """Return a runner without workloads whose database has 1,000 training jobs."""
    database = Database(tmp_path_factory.mktemp("home") / "resources.sqlite")
    with database.transaction():
        for number in range(COUNT):
            add_job(database, number)
    yield SimpleNamespace(context=SimpleNamespace(database=database))
    database.close()


def add_job(database: Database, number: int) -> None:
    name = f"job-{number:04d}-{'x' * 40}"
    at = START + timedelta(seconds=number // 3)  # three at a time: names tell them apart
    arn = f"arn:aws:sagemaker:{REGION}:111122223333:training-job/{name}"
    document = {
        "TrainingJobName": name,
        "TrainingJobArn": arn,
        "TrainingJobStatus": "Failed" if number % 10 == 0 else "Completed",
        "CreationTime": at,
        "LastModifiedTime": at,
        "TrainingEndTime": at,
    }
    database.insert("training-job", REGION, name, document, [], arn)


def html_of(runner, **query: str) -> str:
    view = View(REGION, runner, query)
    page = make_page(view, ["jobs"])
    frame = {"region": REGION, "navigation": navigation(REGION), "home": "/", "address": "/"}
    return render("page.html", **frame, page=page, fragments=fragments(page))


def pages(runner, **query: str) -> list[list[str]]:
    """Return the names on each page, by following the links."""
    listed, after = [], {}
    while after is not None:
        html = html_of(runner, **query, **after)
        listed.append([row[0] for row in rows(html, "list")])
        following = re.search(r'after=([\w%-]+)[^"]*">Next page', html)
        after = {"after": following[1].replace("%3D", "=")} if following else None
    return listed


def test_each_job_is_on_one_page(runner):
    """All pages but the last have thirty jobs, and each job is on one of them, the newest first."""
    listed = pages(runner)
    assert [len(page) for page in listed] == [30] * 33 + [10]
    names = [name for page in listed for name in page]
    assert len(set(names)) == COUNT
    assert names == sorted(names, reverse=True)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"status": "Failed"}, 100),
        ({"contains": "JOB-00"}, 100),
        ({"contains": "-0123-"}, 1),
        ({"contains": "job", "status": "Failed"}, 100),
    ],
)
def test_a_search_finds_all(runner, query, count):
    """A search finds all jobs that match, wherever they are in the list, each once."""
    names = [name for page in pages(runner, **query) for name in page]
    assert len(names) == len(set(names)) == count


def test_the_first_page_is_small(runner):
    """The list of 1,000 jobs has less than 100 kB."""
    html = html_of(runner)
    assert "30 shown of 1,000" in html
    assert len(html.encode()) < 100_000


@pytest.mark.parametrize("token", ["nonsense", "W10=", "WyJhIiwgImIiXQ=="])
def test_a_wrong_position_is_the_start(runner, token):
    """A position that no page of ours has given shows the first page."""
    assert rows(html_of(runner, after=token), "list") == rows(html_of(runner), "list")
