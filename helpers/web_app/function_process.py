"""The process in which a function runs: one JSON event a line comes in, one JSON answer goes out.

It is started as a script with the folder of the unpacked function, which becomes the first entry of
`sys.path`, as in Lambda. So the function's own copy of a module comes before the course's, and this
file imports nothing of the course. What the function prints goes to stderr, its log.

The errors that are Lambda's own have its types and texts, the root logger has its handler, and the
context its members. Source: AWS's package awslambdaric 4.2.2, which runs functions there, modules
`bootstrap`, `lambda_context` and `lambda_runtime_marshaller`.
"""

import importlib
import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

END_OF_LOG = "\x1e"  # in the log, behind what a call has printed
MAX_ANSWER_BYTES = 6_291_556  # Lambda's limit, as its error names it


class RuntimeFaultError(Exception):
    """An error of Lambda's own: its type, its message and its stack."""

    def __init__(self, name: str, message: str, stack: tuple[str, ...] = ()):
        super().__init__(message)
        self.name, self.stack = name, list(stack)


def load(module_name: str, function_name: str) -> Callable[[Any, Any], Any]:
    """Return the function. Raises RuntimeFaultError, or what the module raises."""
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        text = f"Unable to import module '{module_name}': {error}"
        raise RuntimeFaultError("Runtime.ImportModuleError", text) from error
    except SyntaxError as error:
        text = f"Syntax error in module '{module_name}': {error}"
        line = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        raise RuntimeFaultError("Runtime.UserCodeSyntaxError", text, (line,)) from error
    if not hasattr(module, function_name):
        text = f"Handler '{function_name}' missing on module '{module_name}'"
        raise RuntimeFaultError("Runtime.HandlerNotFound", text)
    return getattr(module, function_name)


def check_answer(value: Any) -> None:
    """Raise RuntimeFaultError if Lambda would not take a function's value: not JSON, or large."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except Exception as error:
        message = f"Unable to marshal response: {error}"
        raise RuntimeFaultError("Runtime.MarshalError", message) from error
    if len(text.encode("utf-8", "surrogatepass")) > MAX_ANSWER_BYTES:
        message = (
            "Response payload size exceeded maximum allowed payload size "
            f"({MAX_ANSWER_BYTES} bytes)."
        )
        raise RuntimeFaultError("Function.ResponseSizeTooLarge", message)


class RequestIdFilter(logging.Filter):
    """Adds the id of the request that is answered now to what is logged."""

    request_id = ""

    def filter(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = self.request_id
        return True


def set_up_logging() -> RequestIdFilter:
    """Give the root logger Lambda's handler; with it, `logging.basicConfig` has no effect."""
    formatter = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
        "%Y-%m-%dT%H:%M:%S",
    )
    formatter.converter = time.gmtime
    handler, request_ids = logging.StreamHandler(), RequestIdFilter()
    handler.setFormatter(formatter)
    handler.addFilter(request_ids)
    logging.getLogger().addHandler(handler)
    return request_ids


def context_of(request: dict) -> SimpleNamespace:
    """Return Lambda's context object for a request."""
    deadline = time.monotonic() + request["timeout_seconds"]
    return SimpleNamespace(
        aws_request_id=request["request_id"],
        function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
        function_version=os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
        invoked_function_arn=request["function_arn"],
        memory_limit_in_mb=os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
        log_group_name=os.environ["AWS_LAMBDA_LOG_GROUP_NAME"],
        log_stream_name=os.environ["AWS_LAMBDA_LOG_STREAM_NAME"],
        client_context=None,
        identity=SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None),
        get_remaining_time_in_millis=lambda: max(0, int(1000 * (deadline - time.monotonic()))),
    )


def error_of(error: BaseException) -> dict:
    """Return an error in the form that Lambda gives it, and print it as Lambda does."""
    name, message = type(error).__name__, str(error)
    stack = traceback.format_tb(error.__traceback__)
    if isinstance(error, RuntimeFaultError):
        name, stack = error.name, error.stack
    while stack and f'File "{__file__}"' in stack[0]:
        del stack[0]
    print(f"[ERROR] {name}: {message}\n{''.join(stack)}", file=sys.stderr, flush=True)
    return {"errorMessage": message, "errorType": name, "stackTrace": stack}


def main() -> None:
    """Load the function, and answer events until stdin is closed."""
    folder, module_name, function_name = sys.argv[1:]
    sys.path[0] = folder
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    requests = os.fdopen(os.dup(sys.stdin.fileno()))
    with open(os.devnull) as nothing:  # a function that reads its input would read requests
        os.dup2(nothing.fileno(), sys.stdin.fileno())
    request_ids = set_up_logging()
    function, failure = None, None
    try:
        function = load(module_name, function_name)
    except Exception as error:
        failure = error_of(error)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in requests:
        request, answer = json.loads(line), {"error": failure}
        request_ids.request_id = request["request_id"]
        try:
            if failure is None:
                value = function(request["event"], context_of(request))
                check_answer(value)
                answer = {"answer": value}
        except Exception as error:
            answer = {"error": error_of(error)}
        print(END_OF_LOG, flush=True)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
