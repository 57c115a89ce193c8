"""The lessons' pictures have labels, units, alternative text and files."""

import base64
import json
import re

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from nbconvert import HTMLExporter
from support.figures import FIGURES, PREDICTED, TRUE, draw

from helpers import plots
from helpers.plots import figures

COUNTED = (
    "importance",
    "deciding-words",
    "confusion-matrix",
)  # bars of a count: no unit, and names where others have a second axis


@pytest.fixture
def figure(request):
    return draw(request.param)


@pytest.mark.parametrize("figure", FIGURES, indirect=True)
def test_each_figure_is_labelled_and_described(figure, request):
    """Every figure has titles, labels on all axes, units, an alternative text and a name."""
    x_label = figure.axes[-1].get_xlabel()  # which panels share
    assert x_label
    for axes in figure.axes:
        assert axes.get_title(loc="left")
        assert axes.get_ylabel() or figure.get_gid() in COUNTED
        assert "(" in x_label + axes.get_ylabel() or figure.get_gid() in COUNTED
    assert len(figure.get_label()) > 60
    assert re.fullmatch(r"[a-z-]+", figure.get_gid())
    assert figure.get_gid() == request.node.callspec.params["figure"]
    assert tuple(figure.get_size_inches()) == plots.SIZE


def test_the_alternative_text_is_made_from_the_data():
    """The text states the error of model and baseline that the picture shows."""
    text = plots.predicted_against_true(TRUE, PREDICTED, baseline=20).get_label()
    assert "root mean squared error is 3.7" in text
    assert "level line at 20.0, it is 8.2" in text


def test_a_learning_curve_marks_where_the_validation_error_is_lowest():
    """Trees count from 1, text and legend name the same one, and the axis starts at zero."""
    figure = plots.learning_curve([8.0, 3.0, 1.0], [8.5, 4.0, 4.5])
    assert "8.5 to 4.5, with its lowest, 4.0, after 2 trees" in figure.get_label()
    (axes,) = figure.axes
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert "lowest validation, tree 2" in legend
    assert axes.get_ylim()[0] == 0


def test_importance_puts_the_most_used_feature_on_top():
    """The longest bar is on top, and the text names the features in that order."""
    figure = plots.importance({"RM": 40, "LSTAT": 60, "ZN": 2})
    bars = figure.axes[0].patches
    assert [bar.get_width() for bar in sorted(bars, key=lambda bar: -bar.get_y())] == [60, 40, 2]
    assert figure.get_label().endswith("LSTAT 60, RM 40, ZN 2.")


def test_a_model_without_splits_has_no_importance():
    """A model without splits is refused, since an empty chart would hide the constant value."""
    with pytest.raises(ValueError, match="no splits"):
        plots.importance({})


def test_series_of_different_length_are_refused():
    """Series of different length are refused as a mistake in an earlier step."""
    with pytest.raises(ValueError, match="2 values against 3"):
        plots.residuals(TRUE[:2], PREDICTED)
    with pytest.raises(ValueError, match="1 values against 2"):
        plots.score_histogram([1], [0.2, 0.9])


def test_missing_values_are_refused():
    """Missing values are refused, because they would silently vanish from the picture."""
    with pytest.raises(ValueError, match="finite numbers only"):
        plots.price_histogram([1.0, float("nan")])


@pytest.fixture
def in_notebook(monkeypatch):
    """Make the code believe that it runs in a notebook."""
    monkeypatch.setattr(figures, "get_ipython", InteractiveShell.instance)
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def shown(figure, **texts):
    with capture_output() as captured:
        plots.show(figure, **texts)
    (output,) = captured.outputs
    return output


@pytest.fixture
def notebook_output(in_notebook, monkeypatch, tmp_path):
    """Return the one output that a notebook stores for a shown figure, and the saved files."""
    monkeypatch.setenv(plots.FIGURES, str(tmp_path / "figures"))
    return shown(plots.residuals(TRUE, PREDICTED), alt='Dots & "lines"'), tmp_path / "figures"


def test_show_stores_a_png_with_its_alternative_text(notebook_output):
    """The stored output has the picture and the text, and is valid in the notebook format."""
    output, folder = notebook_output
    assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG")
    assert output.data["text/plain"] == 'Dots & "lines"'
    assert output.metadata == {"image/png": {"alt": 'Dots & "lines"'}}
    saved = (folder / "residuals.png").read_bytes()
    assert saved == base64.b64decode(output.data["image/png"])


@pytest.mark.parametrize(
    ("pause", "drawn"),
    [(0, ["first", "second", "third"]), (1_000_000, ["first", "third"])],
    ids=["seldom", "often"],
)
def test_a_live_picture_that_is_shown_often_is_drawn_when_its_cell_ends(
    pause, drawn, in_notebook, monkeypatch
):
    """A figure that comes too soon is drawn at the end of its cell, unless another replaced it."""
    monkeypatch.setattr(figures, "PAUSE_PER_DRAWING", pause)
    picture = plots.LivePicture()
    with capture_output() as captured:
        for alt in ("first", "second", "third"):
            picture.show(plots.residuals(TRUE, PREDICTED), alt=alt)
        for _ in range(2):  # the next cell shows nothing
            in_notebook.events.trigger("post_run_cell", None)
    assert [output.data["text/plain"] for output in captured.outputs] == drawn


def test_nbconvert_renders_the_alternative_text(notebook_output):
    """A page made from the notebook has the text in the picture's alt attribute."""
    output, _ = notebook_output
    stored = nbformat.v4.new_output("display_data", output.data, metadata=output.metadata)
    cell = nbformat.v4.new_code_cell("plots.show(...)", outputs=[stored], execution_count=1)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.validate(json.loads(nbformat.writes(notebook)))
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(notebook)
    assert 'alt="Dots &amp; &quot;lines&quot;"' in page or "alt='Dots &amp; \"lines\"'" in page


def test_the_same_data_give_the_same_file(in_notebook):
    """The same data give the same file, as no date or version is written into it."""
    one, other = (shown(plots.residuals(TRUE, PREDICTED)).data["image/png"] for _ in range(2))
    assert one == other
    assert b"Matplotlib" not in base64.b64decode(one)


def test_outside_a_notebook_the_text_is_printed(capsys):
    """Outside a notebook the text is printed, because a script can't show a picture."""
    plots.show(plots.residuals(TRUE, PREDICTED), alt="Some dots")
    assert capsys.readouterr().out == "Some dots\n"


def test_a_figure_without_alternative_text_is_refused():
    """A figure without alternative text is refused."""
    from matplotlib.figure import Figure

    with pytest.raises(ValueError, match="alternative text"):
        plots.show(Figure())


def test_a_confusion_matrix_says_which_way_reviews_are_mistaken():
    """Rows are the true labels and columns the predicted ones; another shape is refused."""
    text = plots.confusion_matrix([[40, 10], [5, 45]]).get_label()
    assert "Of 50 negative reviews 10 were taken for positive" in text
    assert "of 50 positive ones 5 were taken for negative" in text
    with pytest.raises(ValueError, match=r"shape \(2, 2\), got \(2, 3\)"):
        plots.confusion_matrix([[1, 2, 3], [4, 5, 6]])


def test_a_score_on_the_wrong_side_is_counted():
    """A positive review with the score 0.45 is described as wrong and unsure."""
    text = plots.score_histogram([0, 1, 1], [0.2, 0.45, 0.9]).get_label()
    assert "1 scores lie between 0.4 and 0.6; 1 lie on the wrong side" in text


def test_deciding_words_are_told_in_order_and_with_their_side():
    """The word with the greatest gain comes first, whatever the order of the input."""
    text = plots.deciding_words({"great": 20.0, "bad": 30.0}, positive={"great"}).get_label()
    assert text.endswith("bad (negative), great (positive).")
    with pytest.raises(ValueError, match="no terms to draw"):
        plots.deciding_words({}, positive=set())


def test_a_learning_curve_of_shares_shows_three_digits():
    """A learning curve of shares keeps its digits: an error of 0.142 isn't written as 0.1."""
    curve = plots.learning_curve([0.3, 0.1], [0.31, 0.142], "error (share of reviews)", "reviews")
    assert "on the validation reviews from 0.310 to 0.142" in curve.get_label()
