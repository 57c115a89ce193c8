"""Line charts and scatter plots as SVG, drawn on the server: they need no script to be seen.

Colours and dashes are classes of the style sheet, so that they follow light and dark.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 560, 240
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 12, 40
MOST_POINTS = 300  # of a line: the eye does not see more
STYLES = 4  # colours and dashes in the style sheet

Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """A line, or with `is_line` False single points."""

    name: str
    points: Sequence[Point]
    is_line: bool = True


def chart(
    title: str,
    series: Sequence[Series],
    x_label: str,
    y_label: str = "",
    x_range: Point | None = None,
) -> Markup:
    """Return a chart of some series, with a legend that gives the last value of each line.

    Points with a value that is not finite are left out. Returns an empty text without any point.

    Parameters
    ----------
    x_range
        From where to where, at least; by default as the points are.
    """
    drawn = [Series(each.name, _thin(_finite(each.points)), each.is_line) for each in series]
    points = [point for each in drawn for point in each.points]
    if not points:
        return Markup("")
    x_scale = _Scale(*_range([*(x_range or ()), *(x for x, _ in points)]), LEFT, WIDTH - RIGHT)
    y_scale = _Scale(*_range([y for _, y in points]), HEIGHT - BOTTOM, TOP)
    shapes = [_axes(x_scale, y_scale, x_label, y_label)]
    for number, each in enumerate(drawn):
        shapes.append(_shape(each, number % STYLES, x_scale, y_scale))
    return Markup(
        '<figure class="chart"><figcaption>{title}</figcaption>'
        '<svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{shapes}</svg>'
        '<ul class="legend">{legend}</ul></figure>'
    ).format(
        title=title,
        width=WIDTH,
        height=HEIGHT,
        label=_description(title, drawn),
        shapes=Markup("").join(shapes),
        legend=Markup("").join(_entry(each, n % STYLES) for n, each in enumerate(drawn)),
    )


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Return round values in the range, about five."""
        step = 10 ** math.floor(math.log10((self.high - self.low) / 4))
        step *= next(f for f in (1, 2, 5, 10) if (self.high - self.low) / (step * f) <= 5)
        first = math.ceil(self.low / step)
        return [number * step for number in range(first, math.floor(self.high / step) + 1)]


def _finite(points: Sequence[Point]) -> list[Point]:
    return [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]


def _thin(points: list[Point]) -> list[Point]:
    """Return every n-th point and the last."""
    step = math.ceil(len(points) / MOST_POINTS)
    return [*points[:-1:step], points[-1]] if step > 1 else points


def _range(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = (high - low) * 0.04 or abs(low) * 0.1 or 1
    return low - margin, high + margin


def _axes(x_scale: _Scale, y_scale: _Scale, x_label: str, y_label: str) -> Markup:
    lines = [
        Markup('<line class="grid" x1="{}" x2="{}" y1="{y:.1f}" y2="{y:.1f}"/>').format(
            LEFT, WIDTH - RIGHT, y=y_scale(value)
        )
        + Markup('<text x="{}" y="{:.1f}" class="end">{}</text>').format(
            LEFT - 6, y_scale(value) + 4, _number(value)
        )
        for value in y_scale.ticks()
    ]
    lines += [
        Markup('<text x="{:.1f}" y="{}" class="middle">{}</text>').format(
            x_scale(value), HEIGHT - BOTTOM + 16, _number(value)
        )
        for value in x_scale.ticks()
    ]
    lines.append(
        Markup('<text x="{}" y="{}" class="end">{}</text>').format(
            WIDTH - RIGHT, HEIGHT - 6, x_label
        )
    )
    lines.append(Markup('<text x="2" y="{}">{}</text>').format(HEIGHT - 6, y_label))
    return Markup("").join(lines)


def _shape(series: Series, style: int, x_scale: _Scale, y_scale: _Scale) -> Markup:
    positions = [(f"{x_scale(x):.1f}", f"{y_scale(y):.1f}") for x, y in series.points]
    dots = Markup("").join(
        Markup('<circle class="dot s{}" cx="{}" cy="{}" r="3.5"/>').format(style, x, y)
        for x, y in (positions if len(positions) <= 40 or not series.is_line else positions[-1:])
    )
    if not series.is_line:
        return dots
    path = " ".join(f"{x},{y}" for x, y in positions)
    return Markup('<polyline class="line s{}" points="{}"/>').format(style, path) + dots


def _entry(series: Series, style: int) -> Markup:
    key = Markup('<svg class="key" viewBox="0 0 28 8" aria-hidden="true">{}</svg>').format(
        Markup('<line class="line s{}" x1="0" x2="28" y1="4" y2="4"/>').format(style)
        if series.is_line
        else Markup('<circle class="dot s{}" cx="14" cy="4" r="3.5"/>').format(style)
    )
    last = f": {_number(series.points[-1][1])}" if series.is_line and series.points else ""
    return Markup("<li>{}{}{}</li>").format(key, series.name, last)


def _description(title: str, drawn: Sequence[Series]) -> str:
    parts = [
        f"{each.name} from {_number(each.points[0][1])} to {_number(each.points[-1][1])}"
        if each.is_line
        else f"{each.name}, {len(each.points)} points"
        for each in drawn
        if each.points
    ]
    return f"{title}: {'; '.join(parts)}"


def _number(value: float) -> str:
    return str(escape(f"{value:.4g}" if abs(value) < 1e5 else f"{value:.3g}"))
