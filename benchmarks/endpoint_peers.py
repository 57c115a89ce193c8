"""The servers beside which benchmarks/endpoint.py measures an endpoint."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PEERS = {"BentoML": "bentoml==1.4.40", "LitServe": "litserve==0.2.19"}
XGBOOST = "xgboost-cpu==3.2.0" if sys.platform == "linux" else "xgboost==3.2.0"
START_SECONDS = 120

PREDICT = """
import os
import numpy, xgboost
booster = xgboost.Booster()
booster.load_model(os.environ["MODEL"])
booster.set_param({"nthread": 1})

def predict(body):
    row = numpy.array([body.decode().split(",")], dtype=numpy.float32)
    return b"%.9g" % booster.predict(xgboost.DMatrix(row))[0]
"""
BARE = (
    PREDICT
    + """
async def app(scope, receive, send):
    message = await receive()
    answer = predict(message["body"]) if message["body"] else b""
    headers = [(b"content-type", b"text/csv"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})

if __name__ == "__main__":
    import uvicorn
    uvicorn.run(app, port=int(os.environ["PORT"]), http="httptools", loop="uvloop",
                access_log=False, log_level="warning", timeout_keep_alive=600)
"""
)
BENTOML = (
    PREDICT
    + """
import bentoml
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

async def invoke(request):
    return Response(predict(await request.body()), media_type="text/csv")

inner = Starlette(routes=[Route("/invocations", invoke, methods=["POST"])])

@bentoml.service(workers=1, traffic={"timeout": 60}, logging={"access": {"enabled": False}})
@bentoml.asgi_app(inner, path="/")
class Boston:
    @bentoml.api
    def nothing(self) -> str:
        return ""
"""
)
LITSERVE = (
    PREDICT
    + """
import litserve
from fastapi import Response

class Boston(litserve.LitAPI):
    def setup(self, device):
        pass
    def decode_request(self, request):  # LitServe reads JSON and forms only
        return request["row"].encode()
    def predict(self, body):
        return predict(body)
    def encode_response(self, output):
        return Response(output, media_type="text/csv")

if __name__ == "__main__":
    server = litserve.LitServer(Boston(api_path="/invocations"), accelerator="cpu")
    server.run(port=int(os.environ["PORT"]), generate_client_file=False, log_level="warning",
               num_api_servers=1, access_log=False)
"""
)


class Target(NamedTuple):
    """What is called: where, and with which headers."""

    host: str
    path: str
    headers: dict[str, str]
    is_json: bool = False

    def body(self, row: bytes) -> bytes:
        """Return the body of a call with this row."""
        return json.dumps({"row": row.decode()}).encode() if self.is_json else row


def install(folder: Path, name: str) -> str:
    """Install a peer into an environment of its own; return its interpreter."""
    environment = folder / f"env-{name.lower()}"
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "-q", "-p", sys.executable, environment], check=True)
    interpreter = str(environment / "bin/python")
    packages = [PEERS[name], XGBOOST, "numpy", "scipy"]
    subprocess.run([*uv, "pip", "install", "-q", "-p", interpreter, *packages], check=True)
    return interpreter


@contextlib.contextmanager
def serve(folder: Path, interpreter: str, name: str, model: Path) -> Iterator[Target]:
    """Run one of the servers, and wait until it answers."""
    source = {"bare": BARE, "bentoml": BENTOML, "litserve": LITSERVE}[name]
    (folder / f"{name}_app.py").write_text(source)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = [interpreter, f"{name}_app.py"]
    if name == "bentoml":
        argv = [interpreter, "-m", "bentoml", "serve", "bentoml_app:Boston", "--port", str(port)]
    environment = {**os.environ, "MODEL": str(model), "PORT": str(port), "OMP_NUM_THREADS": "1"}
    environment |= {"BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": str(folder / "bentoml")}
    with open(folder / f"{name}.log", "wb") as log:
        server = subprocess.Popen(
            argv, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and server.poll() is None:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.1)
        else:
            raise SystemExit(f"{name} did not start:\n{(folder / f'{name}.log').read_text()}")
        is_json = name == "litserve"
        content_type = "application/json" if is_json else "text/csv"
        headers = {"Content-Type": content_type}
        yield Target(f"127.0.0.1:{port}", "/invocations", headers, is_json)
    finally:
        os.killpg(server.pid, 15)
        server.wait()
