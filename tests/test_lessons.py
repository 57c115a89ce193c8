"""Every lesson, as it is committed, has the skeleton, prose and outputs it should have."""

import base64
import itertools
import re

import pytest
from support import glossary
from support.lessons import (
    CHECKOUT,
    IGNORED,
    LESSONS,
    PROJECTS,
    SOLUTION,
    SOLUTIONS,
    TUTORIAL,
    code_cells,
    headings,
    prose,
    read,
    tags,
    text_of,
    twins,
)

CLOSING = ["Clean up", "Recap", "Test yourself", "On your own", "In practice", "Further reading"]
MOST_LINES = 20  # of a code cell
ANSWER = re.compile(r"<details><summary>Answer</summary>\n\n *\S.*?\n\n *</details>", re.DOTALL)

lessons = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
tutorial = pytest.mark.parametrize(
    "path", sorted(TUTORIAL.glob("*.ipynb")), ids=lambda path: path.stem
)


def numbered_after(text: str, title: str) -> int:
    """Return how many items the numbered list behind a title has."""
    rest = text.split(title, 1)[1]
    return len(
        re.findall(r"^\d+\. ", rest.split("\n\n#", 1)[0].split("\n\n**", 1)[0], re.MULTILINE)
    )


def section(text: str, title: str) -> str:
    """Return the text of a section of the second level."""
    return re.split(r"^## ", text.split(f"## {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


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


@lessons
def test_each_question_has_a_folded_answer(path):
    """Each question at the end of a lesson has a folded answer; three of them test the reader."""
    text = prose(read(path))
    for title, item in (("Test yourself", r"^\d\. "), ("On your own", r"^- ")):
        part = section(text, title)
        questions = re.split(item, part, flags=re.MULTILINE)[1:]
        assert len(questions) >= 3, title
        assert title != "Test yourself" or len(questions) == 3
        for question in questions:
            assert len(ANSWER.findall(question)) == 1, question
            assert "?" in question.split("<details>")[0], question
    assert text.count("<details>") == text.count("</details>") == len(ANSWER.findall(text))


@lessons
def test_headings_are_in_order(path):
    """A lesson has one title, and no heading is more than one level below the one before it."""
    text = re.sub(r"```.*?```", "", prose(read(path)), flags=re.DOTALL)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, flags=re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@lessons
def test_expect_is_explained_at_its_first_use(path):
    """A lesson says what `helpers.expect` does before the first cell that calls it."""
    cells = read(path).cells
    first = next(i for i, cell in enumerate(cells) if "helpers.expect(" in cell.source)
    text = " ".join(cells[first - 1].source.split())
    assert "`helpers.expect`" in text
    assert "prints nothing" in text


@lessons
def test_private_attributes_are_explained(path):
    """Where code uses a private attribute, the cell above it names the attribute."""
    for before, cell in itertools.pairwise(read(path).cells):
        if cell.cell_type == "code":
            for name in re.findall(r"\w\.(_[a-z]\w*)", cell.source):
                assert f"`{name}`" in before.source, cell.source


def test_glossary_has_each_word_once():
    """The glossary has each word once, in order, in one or two sentences, and README links it."""
    words = re.findall(r"^## (.+)$", glossary.GLOSSARY.read_text(), flags=re.MULTILINE)
    assert words == sorted(set(words), key=str.lower)
    assert len({word.lower() for word in words}) == len(words) >= 30
    for word, text in glossary.entries().items():
        sentences = re.findall(r"[.](?= |$)", text)
        assert 1 <= len(sentences) <= 2, f"{word}: {text}"
    assert "(Tutorial/Glossary.md)" in (CHECKOUT / "README.md").read_text()


@pytest.mark.parametrize(
    "path", [*LESSONS, *sorted(PROJECTS.glob("*.ipynb"))], ids=lambda path: path.stem
)
def test_links_to_the_glossary_name_an_entry(path):
    """Each link to the glossary leads to an entry, and a lesson has several."""
    targets = glossary.links(prose(read(path)))
    assert len(targets) >= 5
    assert set(targets) <= {glossary.anchor(word) for word in glossary.entries()}
    assert len(set(targets)) == len(targets), "only the first use is a link"


@tutorial
def test_first_use_of_a_glossary_word_is_a_link(path):
    """From step 1 on, a lesson links each word of the glossary where it first uses it."""
    steps = "## 1." + prose(read(path)).split("## 1.", 1)[1]
    uses = glossary.first_uses(steps)
    assert len(uses) >= 20
    assert [word for word, linked in uses.items() if not linked] == []


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("A [role](Glossary.md#role), then a role.", {"role": True}),
        ("A role, then a [role](Glossary.md#role).", {"role": False}),
        ("Two instance\ntypes.", {"instance type": False}),
        ("A [training job](../../Tutorial/Glossary.md#training-job).", {"training job": True}),
        ("## A role\n\n`role` ![a role](role.png)\n\n<details>role</details>", {}),
    ],
)
def test_first_uses(text, uses):
    """Links and plain uses are told apart; code, headings, images and answers don't count."""
    assert glossary.first_uses(text) == uses


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
                name = target.removeprefix("attachment:")
                attached = base64.b64decode(cell.attachments[name]["image/png"])
                assert attached == (TUTORIAL / "images" / name).read_bytes()
                assert (TUTORIAL / "images" / name).with_suffix(".svg").exists()
            elif target and not target.startswith("https://"):
                assert (path.parent / target).exists(), target


@lessons
def test_links_to_a_heading_name_one(path):
    """The part of a link after `#` is a heading of the notebook that it leads to."""
    for label, wrapped, bare in re.findall(
        r"\[([^\]]*)\]\((?:<([^>]+)>|([^)\s]+))\)", prose(read(path))
    ):
        target, _, heading = (wrapped or bare).partition("#")
        if heading and not target.endswith(".md") and "://" not in target:
            text = prose(read(path.parent / target if target else path))
            known = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
            assert heading in [title.replace(" ", "-") for title in known], label


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
def test_long_logs_scroll(path):
    """A log of more than 40 lines is shown in a box of limited height."""
    for cell in code_cells(read(path)):
        if len(text_of(cell).splitlines()) > 40:
            assert cell.metadata.get("scrolled") is True, cell.source


@lessons
def test_metadata_is_bare(path):
    """Notebooks store no widget states, timings or local paths."""
    notebook = read(path)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert all(set(cell.metadata) <= {"tags", "scrolled"} for cell in notebook.cells)
    assert sum("parameters" in tags(cell) for cell in notebook.cells) == 1
    assert sum("result" in tags(cell) for cell in notebook.cells) == 1
