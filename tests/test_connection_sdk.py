"""Importing helpers is light, and the SDK calls the Local SageMaker after connect()."""

import json
import os
import pathlib
import subprocess
import sys
import textwrap

import helpers

CHECKOUT = pathlib.Path(helpers.__file__).parent.parent


def test_importing_helpers_is_light():
    """Importing helpers loads no pandas, matplotlib, boto3 or SDK."""
    heavy = [
        "pandas",
        "numpy",
        "matplotlib",
        "boto3",
        "botocore",
        "sagemaker",
        "urllib3",
        "IPython",
    ]
    code = f"import sys, helpers; print([m for m in {heavy} if m in sys.modules])"
    assert run(code) == ["[]"]


def run(code, **environ):
    """Run code in a fresh process; return the lines of stdout, and allow no stderr."""
    # Without stored bytecode every import of the SDK would compile it again, for seconds.
    unwanted = ("AWS_", "SAGEMAKER_", "PYTHONDONTWRITEBYTECODE")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(unwanted)}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=clean | {"PYTHONPATH": str(CHECKOUT)} | environ,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_the_sdk_is_quiet_and_at_home_after_connect():
    """The SDK, imported after connect(), prints nothing and calls the local server only."""
    lines = run(SDK.format(first="", second="import sagemaker.train, sagemaker.serve"))
    assert lines[0].startswith("Local SageMaker at http://127.0.0.1:")
    assert json.loads(lines[-1]) == ["AKIALOCAL us-east-1"]
    assert len(lines) == 2


def test_connect_after_the_sdk_works_and_says_so():
    """With a learner's own keys and region set, later sessions and shared clients are local."""
    shared = "from sagemaker.core.utils.utils import SageMakerClient; SageMakerClient()"
    later = "assert SageMakerClient().sagemaker_client.meta.endpoint_url.startswith('http://127.')"
    lines = run(
        SDK.format(first=shared, second=later),
        AWS_ACCESS_KEY_ID="AKIALEARNER",
        AWS_SECRET_ACCESS_KEY="secret",
        AWS_DEFAULT_REGION="us-east-1",
    )
    assert lines[1].startswith("Note: the SageMaker SDK was imported before helpers.connect().")
    assert json.loads(lines[-1]) == ["AKIALOCAL us-east-1"]


# Prints as a line of JSON who requests the caller's identity, and for which region.
SDK = """
    import http.server, json, pathlib, threading

    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            key, _, region, *_ = self.headers["Authorization"].split("Credential=")[1].split("/")
            seen.append(f"{{key}} {{region}}")
            answer = (
                b"<R><GetCallerIdentityResult><Account>111122223333</Account>"
                b"</GetCallerIdentityResult></R>"
            )
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_): ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    {first}
    import helpers
    from helpers.local import process

    process.ensure_running = lambda **_: process.Endpoint(
        f"http://127.0.0.1:{{server.server_port}}", "us-east-1", "AKIALOCAL", "local-secret",
        "111122223333", pathlib.Path(), 1,
    )
    helpers.connect("local")
    {second}
    from sagemaker.core.helper.session_helper import Session

    assert Session().account_id() == "111122223333"
    print(json.dumps(seen))
"""
