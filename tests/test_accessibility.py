"""What the course shows can be read by a screen reader, and seen with little colour vision.

The notebooks as JupyterLab renders them were checked with axe-core; here is what needs no browser.
"""

import itertools
import re

import pytest
from matplotlib.colors import to_rgba
from matplotlib.text import Text
from support.figures import FIGURES, draw
from support.lessons import CHECKOUT, LESSONS, SOLUTIONS, code_cells, exercise_of, read

from helpers.plots import figures

NOTEBOOKS = sorted({*LESSONS, *map(exercise_of, SOLUTIONS)})
GRAPHICS, TEXT = 3.0, 4.5  # the contrast that WCAG 2.2 asks for (1.4.11 and 1.4.3)
WHITE = (1.0, 1.0, 1.0)

notebooks = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
each_figure = pytest.mark.parametrize("figure", FIGURES, indirect=True)


@pytest.fixture
def figure(request):
    return draw(request.param)


@notebooks
def test_images_have_alternative_text(path):
    """Each picture in an output or in the prose says what it shows."""
    notebook = read(path)
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    for output in outputs:
        for mime_type in output.get("data", {}):
            if mime_type.startswith("image/"):
                assert len(output.metadata[mime_type]["alt"]) > 40
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert all(len(alt) > 40 for alt in re.findall(r"!\[([^\]]*)\]\(", cell.source))
            assert "<img" not in cell.source


@notebooks
def test_headings_leave_no_level_out(path):
    """A heading is at most one level below the one before it, and there is one title."""
    levels = [
        len(marks)
        for cell in read(path).cells
        if cell.cell_type == "markdown"
        for marks in re.findall(r"^(#+) ", re.sub(r"```.*?```", "", cell.source, flags=re.S), re.M)
    ]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_tables_say_what_their_headers_are_for():
    """Each header cell in the HTML that helpers make names its scope."""
    modules = [file.read_text() for file in CHECKOUT.glob("helpers/**/*.py")]
    headers = [cell for code in modules for cell in re.findall(r"<th\b[^>]*>", code)]
    assert headers
    assert all("scope=" in cell for cell in headers), headers


def test_contrast_is_that_of_the_standard():
    """The contrast of two colours is computed as WCAG defines it; a grey of 4.54 is its example."""
    assert figures.contrast("black", "white") == figures.contrast("white", "black") == 21
    assert figures.contrast("white", "white") == 1
    assert figures.contrast("#767676", "white") == pytest.approx(4.54, abs=0.005)


def over_white(colour) -> tuple[float, ...]:
    """Return the opaque colour that a translucent one gives on white."""
    *rgb, alpha = to_rgba(colour)
    return tuple(alpha * value + 1 - alpha for value in rgb)


@each_figure
def test_shapes_stand_out_from_the_background(figure):
    """Each bar, dot and line of a figure has a contrast of 3:1 to white, in its fill or edge."""
    for axes in figure.axes:
        shapes = [(patch.get_facecolor(), patch.get_edgecolor()) for patch in axes.patches]
        shapes += [(line.get_color(),) for line in axes.lines]
        for dots in axes.collections:
            shapes += [(colour,) for colour in dots.get_facecolors()]
        assert shapes or axes.images
        for colours in shapes:
            visible = [over_white(colour) for colour in colours if to_rgba(colour)[3]]
            assert max(figures.contrast(colour, WHITE) for colour in visible) >= GRAPHICS, colours


@each_figure
def test_texts_can_be_read(figure):
    """Each text of a figure has a contrast of 4.5:1 to what is behind it."""
    for text in figure.findobj(Text):
        background = WHITE
        axes = text.axes
        if axes is not None and axes.images and text in axes.texts:
            (image,) = axes.images
            column, row = map(round, text.get_position())
            background = image.cmap(image.norm(image.get_array()[row, column]))
        assert figures.contrast(text.get_color(), background) >= TEXT, text.get_text()


@each_figure
def test_series_differ_by_more_than_colour(figure):
    """Histograms, lines and bars that share a figure differ in line style, hatch or shape too."""
    for axes in figure.axes:
        handles, _ = axes.get_legend_handles_labels()
        looks = [
            (
                type(handle).__name__,
                getattr(handle, "get_linestyle", str)(),
                getattr(getattr(handle, "patches", [handle])[0], "get_hatch", str)(),
            )
            for handle in handles
        ]
        assert len(set(map(str, looks))) == len(looks), looks
