"""The hint below an error, for tests."""

from helpers.lessons import error_hints


def error_of(code):
    """Return the exception that some code raises."""
    try:
        exec(code, {})
    except Exception as error:
        return error


def hint(code, *history, cells_run=9, **variables):
    """Return the hint below the error that some code raises as a cell after others."""
    return error_hints.hint(error_of(code), [*history, code], cells_run, variables)
