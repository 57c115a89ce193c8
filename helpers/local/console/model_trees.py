"""The first trees of a model. A container's own program reads them: no library comes in here."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from helpers.local.console.content import Charts, Lines, Section
from helpers.local.containers import registry

READ_SECONDS = 30
DEPTH = 4  # of a drawn tree: deeper ones are too wide to be read
BOX_WIDTH, BOX_HEIGHT, LEVEL, GAP = 104, 26, 64, 8

Node = dict[str, Any]


class UnreadableModelError(Exception):
    """A model's program did not read it; the text is what it said."""


def tree_sections(name: str, key: str, content: Callable[[], bytes]) -> list[Section]:
    """Return the sections of a model's trees, none for a file that no container's program reads.

    Parameters
    ----------
    name
        Of the file, by which it is known.
    key
        Tells its content from any other.
    content
        Returns it.
    """
    file_name = name.rpartition("/")[2]
    programs = [c.tree_program for c in registry.all_containers() if c.tree_program]
    program = next((each for each in programs if each.file_name == file_name), None)
    if program is None:
        return []
    try:
        model = _read(program.module, key, _Content(content))
    except UnreadableModelError as error:
        text = f"The model's trees can't be shown: {error}"
        return [Lines("trees", "Model", (), empty=text)]
    trees = model["trees"]
    lines = [line for tree in trees for line in (tree["name"], *_outline(tree["root"], 1), "")]
    return [
        Charts("trees", "Trees", [_figure(tree) for tree in trees], "It has no trees."),
        Lines("outline", "Trees as text", lines, model["summary"], "It has no trees."),
    ]


class _Content:
    """A function that is not part of a cache's key."""

    def __init__(self, read: Callable[[], bytes]):
        self.read = read

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Content)

    def __hash__(self) -> int:
        return 0


@lru_cache(16)
def _read(module: str, key: str, content: _Content) -> Node:
    """Return what a container's program prints of a model. Raises UnreadableModelError."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        path.write_bytes(content.read())
        command = [sys.executable, "-P", "-m", module, str(path)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=READ_SECONDS)
        except subprocess.TimeoutExpired:
            raise UnreadableModelError(f"it took more than {READ_SECONDS} seconds") from None
    if done.returncode != 0:
        raise UnreadableModelError((done.stderr.strip().splitlines() or ["it crashed"])[-1])
    return json.loads(done.stdout)


def _outline(node: Node, depth: int) -> Iterator[str]:
    """Yield a tree as indented lines."""
    branch = f"{node['branch']}: " if node.get("branch") else ""
    yield f"{'  ' * depth}{branch}{node['text']}"
    for child in node.get("children", ()):
        yield from _outline(child, depth + 1)


def _figure(tree: Node) -> Markup:
    """Return a tree's first levels as SVG."""
    shapes: list[Markup] = []
    width, levels = _draw(tree["root"], 0, 0, shapes)[1:]
    return Markup(
        '<figure class="chart tree"><figcaption>{name}</figcaption>'
        '<div class="scroll" tabindex="0" role="group" aria-label="{name}">'
        '<svg width="{width}" height="{height}" role="img" aria-label="{name}, also below as text">'
        "{shapes}</svg></div></figure>"
    ).format(
        name=tree["name"],
        width=width,
        height=levels * LEVEL + BOX_HEIGHT + 2,
        shapes=Markup("").join(shapes),
    )


def _draw(node: Node, left: int, depth: int, shapes: list[Markup]) -> tuple[int, int, int]:
    """Draw a node and what is below it; return the middle of its box, its right end and depth."""
    children = node.get("children", ()) if depth < DEPTH else ()
    top = depth * LEVEL + 1
    right, deepest, branches = left, depth, []
    for child in children:
        middle, right, below = _draw(child, right, depth + 1, shapes)
        branches.append((middle, child))
        deepest = max(deepest, below)
    if not branches:
        right = left + BOX_WIDTH + GAP
    middle = (branches[0][0] + branches[-1][0]) // 2 if branches else left + BOX_WIDTH // 2
    for x, child in branches:
        shapes.append(
            Markup('<line class="edge" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
                middle, top + BOX_HEIGHT, x, top + LEVEL
            )
            + Markup('<text class="middle branch" x="{}" y="{}">{}</text>').format(
                (middle + x) // 2, top + (BOX_HEIGHT + LEVEL) // 2 + 4, child.get("branch", "")
            )
        )
    is_cut = not branches and node.get("children")
    shown_type = "split" if node.get("children") else "leaf"
    shapes.append(
        Markup(
            '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="4"/>'
            '<text class="middle label" x="{}" y="{}">{}{}</text>'
        ).format(
            *(shown_type, middle - BOX_WIDTH // 2, top, BOX_WIDTH, BOX_HEIGHT),
            *(middle, top + 17, node["text"], " \u2026" if is_cut else ""),
        )
    )
    return middle, right, deepest
