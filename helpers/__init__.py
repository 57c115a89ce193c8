"""What the notebooks of the course import.

``helpers.connect()`` comes first in every lesson; the rest, ``helpers.s3``, ``helpers.plots``,
``helpers.datasets.boston`` and so on, is there when it is used, and costs nothing before.

Imported in a notebook, the package adds hints to the errors of common slips and, unless AWS is the
chosen backend, refuses connections to AWS until ``connect()`` is called: forgetting it can't cost
anything.
"""

import difflib
import importlib
import sys

if sys.version_info < (3, 11):  # noqa: UP036 (a kernel of another environment may be older)
    raise ImportError(
        "This kernel runs Python {}.{}, the course needs 3.11 or later. Choose the course's "
        "kernel: menu Kernel > Change Kernel.".format(*sys.version_info[:2])
    )

from helpers.grading import begin, check
from helpers.lessons.expect import expect
from helpers.session.connection import connect
from helpers.tagging import tags

# What else a notebook uses, and where it stands: imported when it is first used.
_MODULES = {
    "console": "helpers.console",
    "costs": "helpers.account.costs",
    "datasets": "helpers.datasets",
    "doctor": "helpers.account.doctor",
    "instance_types": "helpers.catalog.instance_types",
    "plots": "helpers.plots",
    "prices": "helpers.catalog.prices",
    "quotas": "helpers.account.quotas",
    "s3": "helpers.s3",
    "text": "helpers.text",
    "web_app": "helpers.web_app",
}
__all__ = [*_MODULES, "begin", "check", "connect", "expect", "tags"]


def __getattr__(name):
    """Import a module when it is first used (PEP 562): plots brings matplotlib along."""
    if name in _MODULES:
        return importlib.import_module(_MODULES[name])
    message = f"module 'helpers' has no attribute {name!r}"
    similar = [] if name.startswith("_") else difflib.get_close_matches(name, __all__, 1)
    if similar:
        message += f". Did you mean helpers.{similar[0]}?"
    raise AttributeError(message, name=name, obj=None)  # no object: Python would ask the same


def __dir__():
    return sorted([*globals(), *__all__])


def _in_notebook():
    """Watch over a notebook's kernel: hints, and no AWS before connect()."""
    from IPython import get_ipython

    from helpers.lessons import error_display
    from helpers.session import backend, network_guard

    if (shell := get_ipython()) is None:
        return
    error_display.install(shell)
    try:
        chosen = backend.choose().backend
    except ValueError:  # connect() says what is wrong
        chosen = "local"
    if chosen == "local":
        network_guard.refuse_until_connected()


if "ipykernel" in sys.modules:
    _in_notebook()
