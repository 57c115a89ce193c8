"""What Flask and nginx, in AWS's containers, make of the results of a user's functions."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.script_server import invoke, running

WORKER = """
from local_model_server.worker import DefaultFunctions, WorkerService


def service(model_dir):
    return WorkerService(model_dir, DefaultFunctions(lambda *args: "", lambda *args: ""))
"""
SCRIPT = """
model_fn = lambda model_dir: None
transform_fn = lambda model, content, content_type, accept: eval(content, {"accept": accept})
"""
# Python expressions and the answers of sagemaker-containers 2.8.6 with Flask 3.1.3
BODIES = {
    "'text'": b"text",
    "b'bytes'": b"bytes",
    "bytearray(b'bytes')": b"bytes",
    "{'b': 1, 'a': [2.5]}": b'{"a":[2.5],"b":1}\n',
    "[1.0, 'x']": b'[1.0,"x"]\n',
    "(letter for letter in 'xyz')": b"xyz",
    "(None, accept)": b"",
    "({'a': 1, 'b': 2}, accept)": b"ab",
    "(['x', b'y'], accept)": b"xy",
    "((letter for letter in 'xyz'), accept)": b"xyz",
    "('body', None)": b"body",
    "('body', accept, 404)": b"body",
}
FAULTS = {
    "None": "The function either returned None or ended without a return statement.",
    "1.5": "but it was a float.",
    "memoryview(b'bytes')": "but it was a memoryview.",
    "'\\ud800'": "surrogates not allowed",
    "{'a': {1}}": "Object of type set is not JSON serializable",
    "([1.0], accept)": "expected str or bytes in the response's body, got float",
    "(1, accept)": "'int' object is not iterable",
    "('body', 201, {'a': 'b'})": "'int' object has no attribute 'startswith'",
}
ERROR_PAGE = b"""<!doctype html>
<html lang=en>
<title>500 Internal Server Error</title>
<h1>Internal Server Error</h1>
<p>The server encountered an internal error and was unable to complete your request. \
Either the server is overloaded or there is an error in the application.</p>
"""


@pytest.fixture
def server(short_path):
    """Return the folder of a server that evaluates the body of a request, and its process."""
    (short_path / "inference.py").write_text(SCRIPT)
    with running(short_path, WORKER) as process:
        yield short_path, process


def test_results_that_are_sent(server):
    """Text, bytes and JSON of a dict or a list are sent; of other iterables, the items joined."""
    folder, _ = server
    answers = {text: invoke(folder, text.encode()) for text in BODIES}
    assert answers == {text: (200, body) for text, body in BODIES.items()}


def test_results_that_are_errors(server):
    """Any other result is status 500 with Flask's page, and the log has Flask's reason."""
    folder, process = server
    for text in FAULTS:
        assert invoke(folder, text.encode()) == (500, ERROR_PAGE), text
    process.kill()
    log = process.stdout.read()
    assert [text for text, reason in FAULTS.items() if reason not in log] == []


SLOW = """
import time

called = []
model_fn = lambda model_dir: None

def transform_fn(model, content, content_type, accept):
    if content == "called":
        return str(called)
    called.append(content)
    time.sleep(float(content))
    return "done"
"""


def test_a_prediction_that_takes_too_long(short_path):
    """It is status 504 after SAGEMAKER_MODEL_SERVER_TIMEOUT; one that waited is not made."""
    (short_path / "inference.py").write_text(SLOW)
    settings = {"SAGEMAKER_MODEL_SERVER_TIMEOUT": "1"}
    with running(short_path, WORKER, **settings), ThreadPoolExecutor() as pool:
        first = pool.submit(invoke, short_path, b"2.5")
        time.sleep(0.2)
        second = pool.submit(invoke, short_path, b"0")
        assert [first.result()[0], second.result()[0]] == [504, 504]
        assert b"504 Gateway Time-out" in first.result()[1]
        time.sleep(1.5)  # until the first one has returned
        assert invoke(short_path, b"0.5") == (200, b"done")
        assert invoke(short_path, b"called") == (200, b"['2.5', '0.5']")
