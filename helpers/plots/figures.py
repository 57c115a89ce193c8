"""What all pictures share: palette, size, alternative text, and how a notebook shows them."""

from __future__ import annotations

import base64
import functools
import io
import os
import pathlib
import time
from collections.abc import Callable, Sequence

import numpy
from IPython import get_ipython
from IPython.display import DisplayHandle, display
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.typing import ColorType

# Of the palette of Okabe and Ito, whose colours can be distinguished with every common form of
# colour blindness (https://jfly.uni-koeln.de/color/), those that also stand out from white: by 3:1,
# as WCAG 2.2 asks of graphics (1.4.11). Text is black, since it needs 4.5:1.
BLUE, VERMILION, BLACK = "#0072B2", "#D55E00", "#000000"
DOT_ALPHA = 0.7  # of dots that cover each other; blue ones still stand out by 3:1

SIZE = (7.0, 4.2)  # inches
DPI = 100
PAUSE_PER_DRAWING = 9  # a live picture is drawn for at most a tenth of the time
FIGURES = "SAGEMAKER_COURSE_FIGURES"
"""The environment variable that names a folder for the pictures."""

Numbers = Sequence[float]


def show(figure: Figure, alt: str | None = None, name: str | None = None) -> None:
    """Show a figure in the notebook as a PNG, with its alternative text.

    The text goes into the image's metadata, under the key ``alt``, and into the plain-text form of
    the output; a script prints it. What nbconvert and JupyterLab need to show it is in
    scripts/etc/jupyter. If the environment variable SAGEMAKER_COURSE_FIGURES names a folder, the
    picture is also saved there, as ``<name>.png``.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to show.
    alt : str, optional
        The alternative text; by default the one that the plotting function wrote.
    name : str, optional
        The file name without its ending; by default the plotting function's.

    Raises
    ------
    ValueError
        If there is no alternative text.
    """
    LivePicture().show(figure, alt, name)


class LivePicture:
    """A picture in a cell's output, which is replaced each time that it is shown again.

    What the picture is of goes on while it is drawn, in the same process. So drawing takes at most
    a tenth of the time: a figure that is shown earlier waits until the cell has ended, and is
    dropped if another one is shown by then.
    """

    def __init__(self):
        self._displayed: DisplayHandle | None = None
        self._draw_latest: Callable[[], None] | None = None
        self._earliest = 0.0  # of the next drawing, by time.monotonic()

    def show(self, figure: Figure, alt: str | None = None, name: str | None = None) -> None:
        """Show a figure in place of the one before it. Parameters and errors as for `show`."""
        alt, name = alt or figure.get_label(), name or figure.get_gid() or "figure"
        if not alt:
            raise ValueError(
                "This figure has no alternative text: show(figure, alt='what it shows')"
            )
        self._draw_latest = functools.partial(self._draw, figure, alt, name)
        if (shell := get_ipython()) is None or time.monotonic() >= self._earliest:
            self._finish()
        else:
            shell.events.register("post_run_cell", self._finish)  # once, also if called again

    def _finish(self, result: object = None) -> None:
        """Draw the latest figure unless it is drawn already; `result` is the cell's."""
        draw, self._draw_latest = self._draw_latest, None
        if draw is not None:
            started = time.monotonic()
            draw()
            ended = time.monotonic()
            self._earliest = ended + PAUSE_PER_DRAWING * (ended - started)

    def _draw(self, figure: Figure, alt: str, name: str) -> None:
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=DPI, metadata={"Software": None})
        if folder := os.environ.get(FIGURES):
            pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
            pathlib.Path(folder, f"{name}.png").write_bytes(picture.getvalue())
        self._display(picture.getvalue(), alt)

    def _display(self, png: bytes, alt: str) -> None:
        if get_ipython() is None:  # a script cannot show a picture
            print(alt)
            return
        data = {"image/png": base64.b64encode(png).decode(), "text/plain": alt}
        metadata = {"image/png": {"alt": alt}}
        if self._displayed is None:
            self._displayed = display(data, metadata=metadata, raw=True, display_id=True)
        else:
            self._displayed.update(data, metadata=metadata, raw=True)


def new_figure(name: str, title: str) -> tuple[Figure, Axes]:
    """Return an empty figure, made without pyplot, which would show it twice."""
    figure, (axes,) = new_panels(name, title)
    return figure, axes


def new_panels(name: str, *titles: str) -> tuple[Figure, list[Axes]]:
    """Return an empty figure with a panel for each title, one above the other."""
    figure = Figure(figsize=SIZE, layout="constrained")
    figure.set_gid(name)
    panels = list(figure.subplots(len(titles), sharex=True, squeeze=False)[:, 0])
    for axes, title in zip(panels, titles, strict=True):
        axes.set_title(title, loc="left")
        set_style(axes)
    return figure, panels


def set_style(axes: Axes) -> None:
    """Give axes the frame and the grid that all pictures have."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.set_axisbelow(True)


def describe(figure: Figure, alt: str) -> Figure:
    """Return the figure with its alternative text."""
    figure.set_label(alt)
    return figure


def contrast(one: ColorType, other: ColorType) -> float:
    """Return the contrast of two opaque colours, from 1 to 21 (WCAG 2.2, "contrast ratio").

    >>> contrast("black", "white")
    21.0
    """
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: ColorType) -> float:
    """Return a colour's relative luminance, from 0 (black) to 1 (white)."""
    values = numpy.array(to_rgb(colour))
    linear = numpy.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def as_numbers(values: Numbers) -> numpy.ndarray:
    """Return values as a one-dimensional array. Raises ValueError unless all are finite."""
    numbers = numpy.asarray(values, dtype=float).ravel()
    if not numbers.size or not numpy.isfinite(numbers).all():
        raise ValueError(
            f"Cannot plot {numbers.size} values: expected at least one, and finite numbers only"
        )
    return numbers


def as_pair(one: Numbers, other: Numbers) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Return two arrays of the same length. Raises ValueError for two that are not."""
    one, other = as_numbers(one), as_numbers(other)
    if len(one) != len(other):
        raise ValueError(
            f"Cannot plot {len(one)} values against {len(other)}: each point needs one of both. "
            "Were rows of one of them dropped in an earlier step?"
        )
    return one, other
