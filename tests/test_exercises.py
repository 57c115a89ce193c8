"""The exercises of the mini-projects: generated from their solutions, and nothing else."""

import importlib.util
import itertools

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from support.lessons import CHECKOUT, code_cells, headings, read, tags

spec = importlib.util.spec_from_file_location("exercises", CHECKOUT / "scripts/exercises.py")
exercises = importlib.util.module_from_spec(spec)
spec.loader.exec_module(exercises)

SOLUTIONS = exercises.solutions()
WEB_APP = "IMDB Sentiment Analysis - XGBoost - Web App"
solutions = pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)


def test_there_are_solutions_at_both_levels():
    """There are solutions at both levels, so the other tests here check something.

    The web app has one level: its function calls the endpoint by boto3, whichever SDK deployed it.
    """
    both = {
        f"IMDB Sentiment Analysis - {what} - {level} Level - Solution"
        for what in (
            "XGBoost (Batch Transform)",
            "XGBoost (Updating a Model)",
            "XGBoost (Hyperparameter Tuning)",
            "PyTorch (Deploy)",
        )
        for level in ("High", "Low")
    }
    assert {path.stem for path in SOLUTIONS} == both | {f"{WEB_APP} - Solution"}


code = pytest.mark.parametrize("path", exercises.code_solutions(), ids=lambda path: path.stem)


def test_the_web_app_has_a_file_to_complete():
    """The function of the web app is a solution, so the tests of Python files check something."""
    assert [path.name for path in exercises.code_solutions()] == ["handler.py"]


@code
def test_the_committed_file_is_the_generated_one(path):
    """Each Python file that learners complete equals the one generated from its solution."""
    committed = exercises.code_exercise_path(path).read_text()
    assert committed == exercises.clear(path.read_text()) + "\n", "run `make exercises`"
    assert "SOLUTION" not in committed
    assert committed.count(exercises.STUB) == path.read_text().count(exercises.BEGIN) == 4


@code
def test_a_file_to_complete_is_valid_before_it_is_completed(path):
    """A file with its stubs compiles, and each stub comes right after its TODO."""
    text = exercises.code_exercise_path(path).read_text()
    compile(text, path.name, "exec")
    lines = [line.strip() for line in text.splitlines()]
    for number, line in enumerate(lines):
        if line == exercises.STUB:
            assert lines[number - 1].startswith("# TODO: ")


@solutions
def test_the_committed_exercise_is_the_generated_one(path):
    """Each committed exercise equals the one generated from its solution."""
    made = exercises.file_text(exercises.make_exercise(read(path)))
    committed = exercises.exercise_path(path)
    assert committed.read_text() == made, "run `make exercises`"


@solutions
def test_an_exercise_gives_nothing_away(path):
    """An exercise has no output or marked line of the solution, and a stub for each region."""
    solution, exercise = read(path), read(exercises.exercise_path(path))
    text = "\n".join(cell.source for cell in exercise.cells)
    assert "SOLUTION" not in text
    assert "(solution)" not in text
    assert all(not cell.outputs for cell in code_cells(exercise))
    assert headings(exercise) == headings(solution)
    regions = sum(cell.source.count(exercises.BEGIN) for cell in solution.cells)
    assert text.count(exercises.STUB) == regions
    # the web app has four more in its Python file
    assert regions + 4 * (WEB_APP in path.stem) >= 7


@solutions
def test_each_task_is_checked_right_after_it(path):
    """No code cell between a stub and its check fails because of the missing solution."""
    cells = code_cells(read(exercises.exercise_path(path)))
    for cell, following in itertools.pairwise(cells):
        if exercises.STUB in cell.source:
            assert cell.source.startswith("# TODO")
            assert cell.source.rstrip().endswith(exercises.STUB)
            assert exercises.STUB in following.source or "helpers.check(" in following.source


def test_regions_become_stubs_and_tagged_cells_go():
    """Regions become stubs, links start one folder up, and the solution is not changed."""
    source = f"# TODO: add\n{exercises.BEGIN}\nx = 2\n{exercises.END}\nprint(x)"
    solution = new_notebook(
        cells=[
            new_markdown_cell("# Add (solution)"),
            new_code_cell(source, execution_count=3),
            new_markdown_cell("It is 2.", metadata={"tags": ["solution"]}),
            new_markdown_cell("[map](../../README.md), [twin](<../Low Level.ipynb#1.-Add>)"),
        ]
    )
    before = nbformat.writes(solution)
    made = exercises.make_exercise(solution)
    assert [cell.source for cell in made.cells] == [
        "# Add",
        f"# TODO: add\n{exercises.STUB}\nprint(x)",
        "[map](../README.md), [twin](<Low Level.ipynb#1.-Add>)",
    ]
    assert made.cells[1].execution_count is None
    assert nbformat.writes(solution) == before


@pytest.mark.parametrize(
    "source",
    [
        exercises.BEGIN,
        exercises.END,
        f"{exercises.BEGIN}\n{exercises.BEGIN}\n{exercises.END}",
    ],
)
def test_markers_that_do_not_match_are_refused(source):
    """Unmatched markers are refused, since they would reveal or drop code."""
    with pytest.raises(exercises.MarkerError, match="SOLUTION"):
        exercises.clear(source)


def test_the_indentation_of_a_region_is_kept():
    """A stub inside a function is indented to be a valid body."""
    source = f"def f():\n    {exercises.BEGIN}\n    return 1\n    {exercises.END}"
    assert exercises.clear(source) == f"def f():\n    {exercises.STUB}"


def test_tags_of_solutions_are_known():
    """Solutions use only known tags, as a misspelt one would leave an answer in the exercise."""
    known = {exercises.SOLUTION_TAG, "parameters", "result", "nbval-ignore-output"}
    for path in SOLUTIONS:
        assert {tag for cell in read(path).cells for tag in tags(cell)} <= known
