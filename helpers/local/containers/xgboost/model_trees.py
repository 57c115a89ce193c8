"""Print the first trees of a model as JSON: `python -m ...model_trees FILE`.

The console runs it, so that the server need not import xgboost. A tree is `{"name": text, "root":
node}`, a node `{"text": text, "branch": text, "children": [node, ...]}`.
"""

import json
import sys
from pathlib import Path
from typing import Any

FIRST = 3


def describe(path: Path) -> dict[str, Any]:
    """Return a model's first trees, and a sentence about it.

    Raises
    ------
    SystemExit
        With the reason why it can't be read.
    """
    # xgboost imports it for wrappers that nobody needs here, which takes longer than all else.
    sys.modules.setdefault("sklearn", None)  # type: ignore[arg-type]
    from helpers.local.containers.xgboost import model_file

    try:
        booster = model_file.load(path)
    except model_file.UnreadableModelError as error:
        sys.exit(str(error).splitlines()[0])
    try:
        count = booster.num_boosted_rounds()
        dumps = booster[: min(FIRST, count)].get_dump(dump_format="json")
    except ValueError:  # a linear booster has no trees
        return {"trees": [], "summary": "A linear model."}
    trees = [
        {"name": f"Tree {number}", "root": _node(json.loads(text), "")}
        for number, text in enumerate(dumps[:FIRST])
    ]
    features = booster.num_features()
    return {
        "trees": trees,
        "summary": f"The first {len(trees)} trees of a model with {count} rounds and {features} "
        "features. A row goes to the left where the condition holds; a leaf is what the tree adds.",
    }


def _node(node: dict[str, Any], branch: str) -> dict[str, Any]:
    if "leaf" in node:
        return {"text": f"{node['leaf']:.4g}", "branch": branch}
    children = {child["nodeid"]: child for child in node["children"]}
    condition = node.get("split_condition")
    text = node["split"]
    if isinstance(condition, int | float):
        text = f"{text} < {condition:.4g}"
    elif condition is not None:
        text = f"{text} in {condition}"
    sides = [(node["yes"], "yes"), (node["no"], "no")]
    return {
        "text": text,
        "branch": branch,
        "children": [
            _node(children[id], f"{name}, missing" if id == node.get("missing") else name)
            for id, name in sides
        ],
    }


if __name__ == "__main__":
    print(json.dumps(describe(Path(sys.argv[1]))))
