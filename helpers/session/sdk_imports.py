"""Make the imports of the SageMaker SDK and of nbformat faster.

Both import jsonschema, which imports every optional checker of text formats that it finds. One
of them, rfc3987_syntax (Jupyter brings it), builds a parser for internationalised addresses when it
is imported: 1.6 s in a plain interpreter, 5 s and more in a kernel. Their schemas never ask for
that format. So jsonschema is imported here first, without that one checker.

A third of the time that a lesson still used was Python's garbage collector. The libraries create
some 400,000 objects that stay, and the collector of CPython 3.11 to 3.13 runs after every 700 new
objects, and goes through all of them again and again. So it is set to run less often.

The libraries of the lessons are imported while connect() waits for the Local SageMaker to start.
"""

import contextlib
import gc
import importlib
import sys
from collections.abc import Iterator

SLOW_MODULE = "rfc3987_syntax"
GARBAGE_THRESHOLD = 10_000  # new objects until the garbage collector runs
# Those that most lessons use come first. None reads AWS settings or connects when it is imported.
USED_BY_LESSONS = ("boto3", "pandas", "matplotlib.figure", "xgboost", "sagemaker.train")


def prepare_imports() -> None:
    """Import jsonschema without its slow checker, and collect garbage less often.

    The checker itself can be imported by whoever wants it, before and after. If jsonschema has been
    imported before, or is missing (no SDK in this environment), it is left alone.
    """
    _collect_garbage_less_often()
    if "jsonschema" in sys.modules or SLOW_MODULE in sys.modules:
        return
    sys.modules[SLOW_MODULE] = None  # to jsonschema this means "not installed"
    try:
        import jsonschema  # noqa: F401
    except ModuleNotFoundError:
        pass
    finally:
        del sys.modules[SLOW_MODULE]


def import_one_by_one() -> Iterator[str]:
    """Import the libraries of the lessons, one at each step, and yield its name.

    One that cannot be imported is skipped: the cell that imports it shows the error.
    """
    for name in USED_BY_LESSONS:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
        yield name


def freeze() -> None:
    """Exclude all objects that exist now from garbage collection; a second call does nothing.

    At the first call they are modules and classes, which live as long as the process. Otherwise
    Python goes through all of them several times when the kernel ends, which takes a second. Later
    objects belong to the learner, and must still be collected.
    """
    if not gc.get_freeze_count():
        gc.freeze()


def _collect_garbage_less_often() -> None:
    """Raise the threshold of the youngest generation, unless it is 0 (switched off) or higher."""
    first, *others = gc.get_threshold()
    if 0 < first < GARBAGE_THRESHOLD:
        gc.set_threshold(GARBAGE_THRESHOLD, *others)
