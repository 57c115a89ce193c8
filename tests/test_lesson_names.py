"""Which lesson a name means, as `cleanup --lesson` takes it."""

import pytest
from support import course

from helpers.account.inventory import lessons
from helpers.s3 import lesson_prefix

IMDB = "IMDB Sentiment Analysis - XGBoost (Batch Transform) - High Level"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        (course.HIGH, course.HIGH),
        (f"{course.HIGH}.ipynb", course.HIGH),
        (f"Tutorial/{course.LOW}.ipynb", course.LOW),
        (lesson_prefix(course.LOW), course.LOW),
        ("Tutorial/0 - Setting Up.ipynb", "Setting Up"),
        ("0 - Setting Up", "Setting Up"),
        ("setting", "Setting Up"),
        (f"Mini-Projects/Solutions/{IMDB} - Solution.ipynb", IMDB),
        ("boston housing - xgboost (batch transform) - h", course.HIGH),
    ],
)
def test_a_lesson_has_several_names(name, title):
    """A title, a notebook's name, a prefix and a unique beginning of one each mean the lesson."""
    assert lessons.find(name) == lesson_prefix(title)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Boston", "can mean several lessons"),
        ("IMDB Sentiment Analysis - XGBoost (Batch Transform)", "can mean several lessons"),
        ("foo", "is not the name of a lesson"),
        ("?", "is not the name of a lesson"),
        ("", "is not the name of a lesson"),
    ],
)
def test_other_names_are_refused(name, reason):
    """An ambiguous or unknown name is refused, and the lessons that it can mean are listed."""
    with pytest.raises(lessons.UnknownLessonError) as refused:
        lessons.find(name)
    assert f"{name!r} {reason}. Name one of these:" in str(refused.value)
    assert (course.HIGH in str(refused.value)) is (not name.startswith("IMDB"))
    assert ("Setting Up" in str(refused.value)) is (reason == "is not the name of a lesson")


def test_a_lesson_of_ones_own():
    """A lesson whose notebook is not in the course is known by what it created."""
    assert lessons.find("My Kettle", {"my-kettle"}) == "my-kettle"
    with pytest.raises(lessons.UnknownLessonError):
        lessons.find("My Kettle")
