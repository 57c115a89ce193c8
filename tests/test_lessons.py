"""Every lesson, as it is committed, has the skeleton, prose and outputs it should have."""

import re

import pytest
from support.lessons import (
    IGNORED,
    LESSONS,
    SOLUTION,
    SOLUTIONS,
    code_cells,
    headings,
    prose,
    read,
    tags,
    text_of,
    twins,
)

CLOSING = ["Clean up", "Recap", "On your own", "In practice", "Further reading"]
MOST_LINES = 20  # of a code cell

lessons = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def numbered_after(text: str, title: str) -> int:
    """Return how many items the numbered list behind a title has."""
    rest = text.split(title, 1)[1]
    return len(
        re.findall(r"^\d+\. ", rest.split("\n\n#", 1)[0].split("\n\n**", 1)[0], re.MULTILINE)
    )


def test_there_are_lessons():
    """There are lessons, so the other tests here check something."""
    assert len(twins()) >= 2
    assert SOLUTIONS


@lessons
def test_skeleton(path):
    """A lesson has title, objectives, time, cost, steps without a gap and closing sections."""
    notebook = read(path)
    start = notebook.cells[0].source
    assert start.startswith("# ")
    assert "**What you will learn**" in start
    assert "| time |" in start
    assert "| cost |" in start
    steps = [title for title in headings(notebook) if title[0].isdigit()]
    assert [int(title.split(".")[0]) for title in steps] == list(range(1, len(steps) + 1))
    rest = [title for title in headings(notebook) if title not in steps]
    assert [title for title in rest if title in CLOSING] == CLOSING
    assert "**Next:**" in notebook.cells[-1].source


@lessons
def test_recap_mirrors_the_objectives(path):
    """The recap has as many items as the objectives."""
    text = prose(read(path))
    assert numbered_after(text, "**What you will learn**") == numbered_after(text, "## Recap") >= 3


def test_twins_share_their_steps():
    """High Level and Low Level have the same numbered steps, and link each other."""
    for high, low in twins():
        steps = [[t for t in headings(read(path)) if t[0].isdigit()] for path in (high, low)]
        assert steps[0] == steps[1]
        names = [path.name.replace(SOLUTION, "") for path in (high, low)]
        assert names[1] in prose(read(high))
        assert prose(read(low)).count(names[0]) >= len(steps[0])


@lessons
def test_links_lead_somewhere(path):
    """Relative links name existing files, images are attached, all with alternative text."""
    for cell in read(path).cells:
        if cell.cell_type != "markdown":
            continue
        for mark, label, wrapped, bare in re.findall(
            r"(!?)\[([^\]]*)\]\((?:<([^>]+)>|([^)\s]+))\)", cell.source
        ):
            target = (wrapped or bare).split("#")[0]
            assert label, f"no text for {target}"
            if mark:
                assert len(label) > 40, f"what does {target} show?"
            if target.startswith("attachment:"):
                assert target.removeprefix("attachment:") in cell.attachments
            elif target and not target.startswith("https://"):
                assert (path.parent / target).exists(), target


@lessons
def test_one_idea_a_cell(path):
    """Code cells are short, and at most three in a row have no prose between them."""
    notebook = read(path)
    for cell in code_cells(notebook):
        assert len(cell.source.splitlines()) <= MOST_LINES, cell.source
    kinds = "".join(cell.cell_type[0] for cell in notebook.cells)
    assert "cccc" not in kinds


@lessons
def test_outputs_are_of_one_clean_run(path):
    """All cells ran once, in order, without an error or output on stderr."""
    cells = code_cells(read(path))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text


@lessons
def test_pictures_have_alternative_text(path):
    """A lesson has at least two pictures, each with alternative text."""
    pictures = [
        output
        for cell in code_cells(read(path))
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) >= 2
    assert all(len(picture.metadata["image/png"]["alt"]) > 40 for picture in pictures)


@lessons
def test_few_outputs_are_ignored(path):
    """At most one code cell in five isn't compared, and the result always is."""
    cells = code_cells(read(path))
    ignored = [cell for cell in cells if IGNORED in tags(cell)]
    assert len(ignored) <= len(cells) / 5
    assert not any("result" in tags(cell) for cell in ignored)
    assert not any(re.search("RMSE|[Aa]ccuracy", text_of(cell)) for cell in ignored)
    assert not any("NBVAL" in cell.source for cell in cells)


@lessons
def test_metadata_is_bare(path):
    """Notebooks store no widget states, timings or local paths."""
    notebook = read(path)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)
    assert sum("parameters" in tags(cell) for cell in notebook.cells) == 1
    assert sum("result" in tags(cell) for cell in notebook.cells) == 1
