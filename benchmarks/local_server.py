"""A checkout's Local SageMaker, started for a benchmark on a home folder of its own."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

CHECKOUT = Path(__file__).resolve().parents[1]
TYPE, REGION, BUCKET = "training-job", "us-east-1", "benchmark"

# Runs in a checkout's own Python: clone the one job of a home folder.
CLONE = """
import datetime, sys
from pathlib import Path
from helpers.local.state.database import Database
path, kind, region, count = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
database = Database(path)
first = database.list_all(kind)[0]
with database.transaction():
    for number in range(len(database.list_all(kind)), count):
        name = f"clone-{number:06d}"
        arn = first["TrainingJobArn"].rpartition("/")[0] + f"/{name}"
        later = datetime.timedelta(milliseconds=number)
        times = {key: first[key] + later for key in ("CreationTime", "LastModifiedTime")}
        document = {**first, "TrainingJobName": name, "TrainingJobArn": arn, **times}
        database.insert(kind, region, name, document, [], arn)
database.close()
"""

# Runs in a checkout's own Python: put small objects into a bucket of a stopped server.
FILL = """
import os, sys
os.environ["MOTO_ACCOUNT_ID"] = "111122223333"
from pathlib import Path
from helpers.local.state.s3 import objects
home, bucket, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
objects.patch_moto(home)
file = home / "object"
for number in range(count):
    file.write_bytes(b"x" * 1024)
    objects.put_file(bucket, f"objects/{number:06d}", file)
"""


class Server:
    """A checkout's Local SageMaker on a home folder of its own."""

    def __init__(self, checkout: Path, home: Path):
        self.checkout, self.home = checkout, home
        python = checkout / ".venv/bin/python"
        self._python = str(python) if python.exists() else sys.executable
        self._environment = {
            **os.environ,
            "SAGEMAKER_LOCAL_HOME": str(home),
            "PYTHONPATH": str(checkout),
        }
        self._process: subprocess.Popen | None = None

    def start(self) -> float:
        """Start it; return the seconds until it answers."""
        begin = time.monotonic()
        command = [self._python, "-P", "-m", "helpers.local"]
        self._process = subprocess.Popen(command, env=self._environment, stderr=subprocess.DEVNULL)
        while True:
            with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
                about = json.loads((self.home / "server.json").read_text())
                if about["pid"] == self._process.pid:
                    self.port = about["port"]
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                    connection.request("GET", "/_local/health")
                    connection.getresponse().read()
                    connection.close()
                    return time.monotonic() - begin
            if self._process.poll() is not None:
                raise SystemExit(f"The server of {self.checkout} did not start.")
            time.sleep(0.005)

    @property
    def pid(self) -> int:
        """The process id, while it runs."""
        return self._process.pid

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def client(self, service: str):
        keys = self._keys()
        return boto3.session.Session().client(
            service,
            region_name=REGION,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=keys["access_key"],
            aws_secret_access_key=keys["secret_key"],
        )

    def _keys(self) -> dict[str, str]:
        return json.loads((self.home / "credentials.json").read_text())

    def clone_job(self, count: int) -> None:
        """Copy the one job and its log until there are so many; the server must be stopped."""
        self._run(CLONE, self.home / "resources.sqlite", TYPE, REGION, count)
        (log,) = self.home.glob(f"logs/{REGION}/*TrainingJobs/first*.jsonl")
        properties, events = log.read_text().split("\n", 1)
        for number in range(1, count):
            name = f"clone-{number:06d}"
            text = properties.replace("first", name, 1) + "\n" + events
            log.with_name(log.name.replace("first", name, 1)).write_text(text)

    def put_objects(self, count: int) -> None:
        """Put objects of 1 KB; the server must be stopped."""
        self._run(FILL, self.home, BUCKET, count)

    def _run(self, source: str, *arguments: object) -> None:
        command = [self._python, "-c", source, *map(str, arguments)]
        subprocess.run(command, env=self._environment, check=True)

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def signed(self, operation: str, params: dict) -> tuple[bytes, dict[str, str]]:
        """Return the body and the headers of a request, good for fifteen minutes."""
        body, keys = json.dumps(params).encode(), self._keys()
        headers = {
            "X-Amz-Target": f"SageMaker.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
        }
        url = f"http://127.0.0.1:{self.port}/"
        request = AWSRequest("POST", url, headers=headers, data=body)
        credentials = Credentials(keys["access_key"], keys["secret_key"])
        SigV4Auth(credentials, "sagemaker", REGION).add_auth(request)
        return body, dict(request.headers)
