"""Commands find the notebook that they are given from any folder of the checkout."""

import pytest
from support.lessons import CHECKOUT, PROJECTS, TUTORIAL

from helpers import cli
from helpers.lessons.notebooks import NotebookNotFoundError, find_notebook

EXERCISE = min(PROJECTS.glob("*.ipynb"))


@pytest.mark.parametrize("folder", [CHECKOUT, TUTORIAL, PROJECTS / "Solutions"])
def test_a_path_from_the_checkout_works_in_each_folder(folder, monkeypatch):
    """The path that the README prints works in each folder of the checkout."""
    monkeypatch.chdir(folder)
    assert find_notebook(f"Mini-Projects/{EXERCISE.name}").samefile(EXERCISE)


def test_a_path_from_the_working_folder_comes_first(tmp_path, monkeypatch):
    """A notebook in the working folder is preferred to one of the course with the same path."""
    copy = tmp_path / "Mini-Projects" / EXERCISE.name
    copy.parent.mkdir()
    copy.touch()
    monkeypatch.chdir(tmp_path)
    assert find_notebook(f"Mini-Projects/{EXERCISE.name}").samefile(copy)
    monkeypatch.chdir(copy.parent)
    assert find_notebook(EXERCISE.name).samefile(copy)
    assert find_notebook(str(EXERCISE)).samefile(EXERCISE)


def test_a_misspelt_name_is_answered_with_a_similar_one():
    """A name with a typing error is refused as wrong usage, with the notebook that is meant."""
    with pytest.raises(NotebookNotFoundError, match=r"^No notebook is .* Did you mean") as no:
        find_notebook(f"Mini-Projects/{EXERCISE.name.replace('Sentiment', 'Sentimnet')}")
    assert f'"Mini-Projects/{EXERCISE.name}"?' in str(no.value)
    assert no.value.code == cli.NO_ANSWER
    with pytest.raises(NotebookNotFoundError, match=r'^No notebook is called "Q"$'):
        find_notebook("Q")


def test_a_part_of_a_name_is_answered_with_the_notebooks_that_have_it():
    """A name of which only a part was given is refused, with all notebooks that it may mean."""
    with pytest.raises(NotebookNotFoundError) as no:
        find_notebook("boston")
    first, *others = str(no.value).splitlines()
    assert first == 'No notebook is called "boston". Did you mean one of these?'
    assert others == sorted(others)
    assert '  "Tutorial/Boston Housing - XGBoost (Deploy) - High Level.ipynb"' in others
    assert all("Boston" in other for other in others)
