"""What the notebooks of the course import.

``helpers.connect()`` comes first in every lesson; the rest, ``helpers.s3``, ``helpers.plots``,
``helpers.datasets.boston`` and so on, is there when it is used, and costs nothing before.

Imported in a notebook, the package adds hints to the errors of common slips and, unless AWS is the
chosen backend, refuses connections to AWS until ``connect()`` is called: forgetting it can't cost
anything.
"""

import importlib
import sys

if sys.version_info < (3, 11):  # noqa: UP036 (a kernel of another environment may be older)
    raise ImportError(
        "This kernel runs Python {}.{}, the course needs 3.11 or later. Choose the course's "
        "kernel: menu Kernel > Change Kernel.".format(*sys.version_info[:2])
    )

# Two functions are called like their modules. Imported here, the name is bound to the function, and
# stays so: a module is bound to its name in the package only when it is first loaded.
from helpers.checkpoints import expect
from helpers.connect import connect
from helpers.grading import begin, check
from helpers.tags import tags

_MODULES = (
    "backend",
    "checkpoints",
    "costs",
    "datasets",
    "doctor",
    "guard",
    "hints",
    "instance_types",
    "plots",
    "prices",
    "quiet",
    "quotas",
    "s3",
    "text",
)
__all__ = [*_MODULES, "begin", "check", "connect", "expect", "tags"]


def __getattr__(name):
    """Import a module when it is first used (PEP 562): plots brings matplotlib along."""
    if name in _MODULES:
        return importlib.import_module(f"helpers.{name}")
    raise AttributeError(f"module 'helpers' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])


def _in_notebook():
    """Watch over a notebook's kernel: hints, and no AWS before connect()."""
    from IPython import get_ipython

    from helpers import backend, guard, hints

    if (shell := get_ipython()) is None:
        return
    hints.watch(shell)
    try:
        chosen = backend.choose().backend
    except ValueError:  # connect() says what is wrong
        chosen = "local"
    if chosen == "local":
        guard.refuse_until_connected()


if "ipykernel" in sys.modules:
    _in_notebook()
