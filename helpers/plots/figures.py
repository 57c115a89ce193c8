"""What all pictures share: palette, size, alternative text, and how they get into a notebook."""

from __future__ import annotations

import base64
import io
import os
import pathlib
from collections.abc import Sequence

import numpy
from IPython import get_ipython
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# The palette of Okabe and Ito, told apart with every common form of colour blindness
# (https://jfly.uni-koeln.de/color/).
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, BLACK = "#56B4E9", "#CC79A7", "#F0E442", "#000000"

SIZE = (7.0, 4.2)  # inches
DPI = 100
FIGURES = "SAGEMAKER_COURSE_FIGURES"

Numbers = Sequence[float]


def show(figure: Figure, alt: str | None = None, name: str | None = None) -> None:
    """Put a figure into the notebook as a PNG, with its alternative text.

    The text goes where Jupyter's tools look for it (nbconvert reads the image's metadata key
    ``alt``) and into the plain-text form of the output; a script prints it. `alt` replaces the
    text that the plotting function wrote, `name` its file name. If the environment variable
    SAGEMAKER_COURSE_FIGURES names a folder, the picture is saved there too, as ``<name>.png``.

    Raises ValueError if the figure has no alternative text and none is given.
    """
    alt, name = alt or figure.get_label(), name or figure.get_gid() or "figure"
    if not alt:
        raise ValueError("This figure has no alternative text: show(figure, alt='what it shows')")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=DPI, metadata={"Software": None})
    if folder := os.environ.get(FIGURES):
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        pathlib.Path(folder, f"{name}.png").write_bytes(picture.getvalue())
    _display(picture.getvalue(), alt)


def _display(png: bytes, alt: str) -> None:
    if get_ipython() is None:  # a script: no place for a picture
        print(alt)
        return
    data = {"image/png": base64.b64encode(png).decode(), "text/plain": alt}
    display(data, metadata={"image/png": {"alt": alt}}, raw=True)


def new(name: str, title: str) -> tuple[Figure, Axes]:
    """A figure outside pyplot, which would show it a second time at the end of the cell."""
    figure = Figure(figsize=SIZE, layout="constrained")
    figure.set_gid(name)
    axes = figure.subplots()
    axes.set_title(title, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.set_axisbelow(True)
    return figure, axes


def describe(figure: Figure, alt: str) -> Figure:
    figure.set_label(alt)
    return figure


def as_numbers(values: Numbers) -> numpy.ndarray:
    numbers = numpy.asarray(values, dtype=float).ravel()
    if not numbers.size or not numpy.isfinite(numbers).all():
        raise ValueError(f"A plot needs numbers, found {numbers.size} values, some missing or none")
    return numbers


def as_pair(one: Numbers, other: Numbers) -> tuple[numpy.ndarray, numpy.ndarray]:
    one, other = as_numbers(one), as_numbers(other)
    if len(one) != len(other):
        raise ValueError(
            f"{len(one)} values can't be plotted against {len(other)}: each point needs one of "
            "both. Were the rows of one of them shuffled out or dropped in an earlier step?"
        )
    return one, other
