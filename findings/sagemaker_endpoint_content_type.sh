#!/usr/bin/env bash
# Versions: sagemaker-core 2.27.0 (of sagemaker 3.27.0), boto3 and botocore 1.44.8 (Python 3.11.7).
# Behaviour: Endpoint.invoke with a CSVSerializer and a CSVDeserializer sends the body as CSV and says
# so nowhere: the request has neither Content-Type nor Accept, although the two objects know both, and
# a container that reads several formats has to guess. (In version 2 of the SDK, Predictor sends the
# type of its serializer.) One has to pass content_type= and accept= as well.
# Output seen on 2026-11-28:
#   CONTENT_TYPE of the serializer: text/csv
#   invoke(body): body b'1,2\n3,4', Content-Type None, Accept None
#   invoke(body, content_type, accept): body b'1,2\n3,4', Content-Type text/csv, Accept text/csv
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet uv==0.13.9
"$folder/env/bin/uv" pip install --quiet --python "$folder/env/bin/python" \
  sagemaker-core==2.27.0 boto3==1.44.8 botocore==1.44.8
expected="CONTENT_TYPE of the serializer: text/csv
invoke(body): body b'1,2\\n3,4', Content-Type None, Accept None
invoke(body, content_type, accept): body b'1,2\\n3,4', Content-Type text/csv, Accept text/csv"
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1
export AWS_EC2_METADATA_DISABLED=true NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
got=$("$folder/env/bin/python" - <<'PYTHON'
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer


class Runtime(BaseHTTPRequestHandler):
    """Stands for the endpoint: prints what it gets, answers one number."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind, accept = self.headers["Content-Type"], self.headers["Accept"]
        print(f"body {body}, Content-Type {kind}, Accept {accept}")
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"1.5")

    def log_message(self, *values):
        pass


server = HTTPServer(("127.0.0.1", 0), Runtime)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{server.server_port}"

from sagemaker.core.deserializers import CSVDeserializer
from sagemaker.core.resources import Endpoint
from sagemaker.core.serializers import CSVSerializer

serializer = CSVSerializer()
print(f"CONTENT_TYPE of the serializer: {serializer.CONTENT_TYPE}")
endpoint = Endpoint(endpoint_name="e", serializer=serializer, deserializer=CSVDeserializer())
print("invoke(body)", end=": ")
endpoint.invoke(body=[[1, 2], [3, 4]])
print("invoke(body, content_type, accept)", end=": ")
endpoint.invoke(body=[[1, 2], [3, 4]], content_type="text/csv", accept="text/csv")
PYTHON
)
if [ "$got" != "$expected" ]; then
  printf 'FAIL: the behaviour has changed\nexpected:\n%s\ngot:\n%s\n' "$expected" "$got" >&2
  exit 1
fi
echo "PASS: as described"
