"""Imports point one way: the pictures in CONTRIBUTING and the Local SageMaker's page hold them."""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from support.lessons import CHECKOUT

PACKAGE = CHECKOUT / "helpers"
ROOMS = {"helpers": "CONTRIBUTING.md", "helpers.local": "helpers/local/README.md"}


def module_name(file: Path) -> str:
    parts = file.relative_to(CHECKOUT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(file): file for file in sorted(PACKAGE.rglob("*.py"))}


def imports(code: str, modules=MODULES) -> set[str]:
    """Return the package's modules that some code imports, wherever the import stands."""
    targets = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            targets |= {alias.name for alias in node.names if alias.name in modules}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("helpers"):
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                targets.add(full if full in modules else node.module)
    return targets


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    """Return each module with the modules that it imports."""
    return {name: imports(file.read_text()) - {name} for name, file in MODULES.items()}


def picture(page: str) -> dict[str, int]:
    """Return the level of each subpackage in a page's picture, starting at the lowest line.

    A line's subpackages come before their description, separated by several spaces.
    """
    names = {name.split(".")[-1] for name in MODULES} | {"__main__", "__init__"}
    blocks = re.findall(r"^```\n(.*?)^```", (CHECKOUT / page).read_text(), re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    rows = [re.split(r" {3,}", line)[0].split() for line in lines]
    rows = [row for row in rows if row and set(row) <= names]
    return {room: level for level, row in enumerate(reversed(rows)) for room in row}


def room_of(module: str, parent: str) -> str:
    """Return the subpackage of `parent` that a module is in."""
    inside = module.removeprefix(parent).lstrip(".")
    return inside.split(".")[0] or "__init__"


@pytest.mark.parametrize(("parent", "page"), ROOMS.items())
def test_every_room_is_in_its_picture(parent, page):
    """The picture names exactly the subpackages that exist."""
    depth = parent.count(".") + 2
    rooms = {room_of(name, parent) for name in MODULES if name.startswith(f"{parent}.")}
    levels = picture(page)
    assert rooms | {"__init__"} == levels.keys() | {"__init__"}, depth


@pytest.mark.parametrize(("parent", "page"), ROOMS.items())
def test_imports_point_downwards(graph, parent, page):
    """A subpackage imports only subpackages on a lower line of its picture."""
    levels = picture(page)
    upwards = [
        f"{module} -> {target}"
        for module, targets in graph.items()
        for target in targets
        if module.startswith(f"{parent}.") and target.startswith(f"{parent}.")
        if (here := room_of(module, parent)) != (there := room_of(target, parent))
        if levels[here] <= levels[there]
    ]
    assert upwards == []


def test_no_module_is_in_a_circle(graph):
    """No module imports itself indirectly, so each can be read after those that it imports.

    A package that imports its own modules, and is imported by them, does not count as a cycle,
    because what those modules import from it are its modules.
    """
    packages = {name for name, file in MODULES.items() if file.name == "__init__.py"}
    own = {
        module: {t for t in targets if not (t in packages and module.startswith(f"{t}."))}
        for module, targets in graph.items()
    }
    try:
        TopologicalSorter(own).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


@pytest.mark.parametrize("algorithm", ["xgboost", "linear_learner"])
def test_only_its_own_folder_names_the_algorithm(algorithm):
    """A container is a plug-in: nothing outside its folder refers to the built-in algorithm."""
    local, name = PACKAGE / "local", re.compile(algorithm.replace("_", "[ _-]?"), re.I)
    named = [
        str(file.relative_to(local))
        for file in local.rglob("*.py")
        if name.search(file.read_text()) and local / "containers" / algorithm not in file.parents
    ]
    assert named == []


def test_imports_are_seen_wherever_they_stand():
    """The search finds imports wherever they stand; without it the tests above always pass."""
    code = "import helpers.s3\ndef f():\n    from helpers.local import server, home_is_none\n"
    assert imports(code) == {"helpers.s3", "helpers.local.server", "helpers.local"}
