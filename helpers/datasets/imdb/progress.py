"""Progress bars for whoever looks on, and for nobody else.

They go to stdout, since notebooks show stderr in red. A notebook that is run in one go stores every
step of a bar as text, so there is none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable


def bar(items: Iterable | None = None, **settings):
    """Return a tqdm bar, over `items` if given, that vanishes when it is done.

    settings: tqdm's own. Nothing is drawn unless `watched()`.
    """
    from tqdm import tqdm

    return tqdm(
        items, file=sys.stdout, disable=not watched(), leave=False, mininterval=0.5, **settings
    )


def watched() -> bool:
    """Tell whether a person sees the output grow: in a terminal, or in an open notebook.

    A notebook's page says with each cell that it can ask for input; papermill, nbclient and nbval
    say that they can't.
    """
    if "ipykernel" in sys.modules:
        from IPython import get_ipython

        if (kernel := getattr(get_ipython(), "kernel", None)) is not None:
            cell = kernel.get_parent("shell") or {}
            return bool(cell.get("content", {}).get("allow_stdin"))
    return sys.stdout.isatty()
