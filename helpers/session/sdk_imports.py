"""Spare the learner most of the wait at the imports of the SageMaker SDK and of nbformat.

Both import jsonschema, which imports every optional checker of text formats that it finds. One
of them, rfc3987_syntax (Jupyter brings it), builds a parser for internationalised addresses when it
is imported: 1.6 s in a plain interpreter, 5 s and more in a kernel. Their schemas never ask for
that format. So jsonschema is imported here first, without that one checker.
"""

import sys

COSTLY = "rfc3987_syntax"


def preload_jsonschema() -> None:
    """Import jsonschema without its costly checker, unless something has imported it before.

    The checker itself can be imported by whoever wants it, before and after. Without jsonschema
    (no SDK in this environment) nothing happens.
    """
    if "jsonschema" in sys.modules or COSTLY in sys.modules:
        return
    sys.modules[COSTLY] = None  # jsonschema takes that for "not installed"
    try:
        import jsonschema  # noqa: F401
    except ModuleNotFoundError:
        pass
    finally:
        del sys.modules[COSTLY]
