"""Progress bars for a person who watches, and for nobody else.

They go to stdout, since notebooks show stderr in red. A notebook that runs without a person stores
every step of a bar as text, so there is none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm


def bar(items: Iterable | None = None, **settings: Any) -> tqdm:
    """Return a tqdm bar that vanishes when it is done, and is drawn only if `is_interactive`.

    Parameters
    ----------
    items : iterable, optional
        What the bar iterates over; without it, call its ``update``.
    **settings
        Further arguments of ``tqdm``.
    """
    return tqdm(
        items,
        file=sys.stdout,
        disable=not is_interactive(),
        leave=False,
        mininterval=0.5,
        **settings,
    )


def is_interactive() -> bool:
    """Return whether a person watches the output: in a terminal, or in an open notebook.

    A notebook's page tells the kernel with each cell that it can ask for input (``allow_stdin`` in
    Jupyter's messaging protocol); papermill, nbclient and nbval tell it that they cannot.
    """
    if "ipykernel" in sys.modules:
        from IPython import get_ipython

        if (kernel := getattr(get_ipython(), "kernel", None)) is not None:
            request = kernel.get_parent("shell") or {}
            return bool(request.get("content", {}).get("allow_stdin"))
    return sys.stdout.isatty()
