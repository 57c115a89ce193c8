"""The process in which a function runs: one JSON event a line comes in, one JSON answer goes out.

It is started as a script with the folder of the unpacked function, which becomes the first entry of
`sys.path`, as in Lambda. So the function's own copy of a module comes before the course's, and this
file imports nothing of the course. What the function prints goes to stderr, its log.
"""

import importlib
import json
import os
import sys
import time
import traceback
from types import SimpleNamespace


def context_of(request: dict) -> SimpleNamespace:
    """Return the members of Lambda's context object that functions use most."""
    deadline = time.monotonic() + request["timeout_seconds"]
    return SimpleNamespace(
        aws_request_id=request["request_id"],
        function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
        function_version="$LATEST",
        memory_limit_in_mb="256",
        get_remaining_time_in_millis=lambda: max(0, int(1000 * (deadline - time.monotonic()))),
    )


def error_of(error: BaseException) -> dict:
    """Return an error in the form that Lambda gives it, and print it as Lambda does."""
    stack = traceback.format_tb(error.__traceback__)[1:]  # without the frame of this file
    name, message = type(error).__name__, str(error)
    print(f"[ERROR] {name}: {message}\n{''.join(stack)}", file=sys.stderr, flush=True)
    return {"errorMessage": message, "errorType": name, "stackTrace": stack}


def main() -> None:
    """Load the function, and answer events until stdin is closed."""
    folder, module_name, function_name = sys.argv[1:]
    sys.path[0] = folder
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    function, failure = None, None
    try:
        function = getattr(importlib.import_module(module_name), function_name)
    except Exception as error:
        failure = error_of(error)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        request, answer = json.loads(line), {"error": failure}
        try:
            if function:
                # through JSON, as between Lambda and API Gateway
                value = function(request["event"], context_of(request))
                answer = {"answer": json.loads(json.dumps(value))}
        except Exception as error:
            answer = {"error": error_of(error)}
        sys.stdout.flush()
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
