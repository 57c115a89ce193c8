#!/usr/bin/env bash
# Versions: a2wsgi 1.10.10, uvicorn 0.54.0, Werkzeug 3.1.9 (Python 3.11.7).
# Behaviour: a WSGI application that a2wsgi mounts in an ASGI server gets chunked requests without
# CONTENT_LENGTH and without wsgi.input_terminated. Werkzeug (and so Flask) then takes the body for
# empty: the upload is answered with 200, and its bytes are lost without an error. The bytes are in
# wsgi.input all the same: an application that sets wsgi.input_terminated itself gets them.
# Output seen on 2026-11-28:
#   with Content-Length: 200, 5 bytes
#   chunked: 200, 0 bytes
#   chunked, input_terminated set: 200, 5 bytes
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet uv==0.13.9
"$folder/env/bin/uv" pip install --quiet --python "$folder/env/bin/python" \
  a2wsgi==1.10.10 uvicorn==0.54.0 werkzeug==3.1.9
expected='with Content-Length: 200, 5 bytes
chunked: 200, 0 bytes
chunked, input_terminated set: 200, 5 bytes'
got=$("$folder/env/bin/python" - <<'PYTHON'
import http.client
import socket
import threading

import uvicorn
from a2wsgi import WSGIMiddleware
from werkzeug import Request, Response


def application(environ, start_response):
    if "terminated" in environ["QUERY_STRING"]:
        environ["wsgi.input_terminated"] = True
    length = len(Request(environ).get_data())
    return Response(f"{length} bytes")(environ, start_response)


listener = socket.create_server(("127.0.0.1", 0))
server = uvicorn.Server(uvicorn.Config(WSGIMiddleware(application), log_level="error"))
thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
thread.start()
for title, path, body in (
    ("with Content-Length", "/", b"hello"),
    ("chunked", "/", iter([b"hello"])),
    ("chunked, input_terminated set", "/?terminated", iter([b"hello"])),
):
    connection = http.client.HTTPConnection(*listener.getsockname(), timeout=30)
    connection.request("PUT", path, body=body)  # an iterator is sent chunked
    answer = connection.getresponse()
    print(f"{title}: {answer.status}, {answer.read().decode()}")
    connection.close()
server.should_exit = True
thread.join()
PYTHON
)
if [ "$got" != "$expected" ]; then
  printf 'FAIL: the behaviour has changed\nexpected:\n%s\ngot:\n%s\n' "$expected" "$got" >&2
  exit 1
fi
echo "PASS: as described"
