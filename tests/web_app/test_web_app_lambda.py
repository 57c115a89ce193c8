"""What a function gets from Lambda besides its event: context, variables, logger, log lines."""

import re

import pytest

from helpers.web_app import FunctionError

UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def test_the_members_of_the_context(run):
    """The context has the members of Lambda's, also those that only some functions read."""
    names = (
        "function_name function_version invoked_function_arn memory_limit_in_mb log_group_name "
        "log_stream_name client_context"
    )
    function = run(
        f"NAMES = {names.split()}\n"
        "def handler(event, context):\n"
        "    ids = [context.aws_request_id, context.identity.cognito_identity_id]\n"
        "    return [getattr(context, name) for name in NAMES] + ids\n",
        environment={"AWS_REGION": "eu-west-1"},
    )
    *members, request_id, identity = function.invoke({})
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:local"
    assert members == ["local", "$LATEST", arn, "256", "/aws/lambda/local", "local", None]
    assert re.fullmatch(UUID, request_id)
    assert identity is None


def test_the_variables_of_lambda(run, monkeypatch):
    """The Region is there by Lambda's name, clocks show UTC, and the caller's variables win."""
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    function = run(
        "import os, time\n"
        "def handler(event, context):\n"
        "    names = 'AWS_REGION', '_HANDLER', 'AWS_LAMBDA_FUNCTION_VERSION'\n"
        "    return [os.environ[name] for name in names] + [time.localtime().tm_gmtoff]\n",
        environment={"AWS_DEFAULT_REGION": "eu-west-1", "AWS_LAMBDA_FUNCTION_VERSION": "7"},
    )
    assert function.invoke({}) == ["eu-west-1", "handler.handler", "7", 0]


def test_the_logger_of_lambda(run):
    """Log records have Lambda's form; basicConfig changes nothing, so INFO needs setLevel."""
    function = run(
        "import logging\n"
        "logging.basicConfig(level=logging.INFO)\n"
        "def handler(event, context):\n"
        "    logging.info('unseen')\n"
        "    logging.warning('seen')\n"
        "    logging.getLogger().setLevel('INFO')\n"
        "    logging.info('seen too')\n"
        "    return context.aws_request_id\n"
    )
    request_id = function.invoke({})
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    first, second = function.log
    assert re.fullmatch(rf"\[WARNING\]\t{time}\t{request_id}\tseen", first)
    assert re.fullmatch(rf"\[INFO\]\t{time}\t{request_id}\tseen too", second)


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("raise SystemExit(3)", "Error: Runtime exited with error: exit status 3"),
        ("os._exit(0)", "Error: Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), 9)", "Error: Runtime exited with error: signal: killed"),
        ("time.sleep(60)", "Error: Task timed out after 1.00 seconds"),
    ],
)
def test_the_end_of_a_function_is_logged(run, statement, line):
    """The log says how a process has ended, since the answer to a request does not."""
    function = run(
        f"import os, time\ndef handler(event, context):\n    print('begun')\n    {statement}\n",
        timeout_seconds=1,
    )
    with pytest.raises(FunctionError, match=re.escape(line)):
        function.invoke({})
    assert function.log == ["begun", line]
