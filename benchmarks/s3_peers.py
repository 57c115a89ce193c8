"""Servers of S3 that are measured beside the Local SageMaker: how they are installed and run."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import boto3
import psutil
from botocore.config import Config
from local_server import REGION

MINISTACK = "ministack==1.5.33"
START_SECONDS = 60


class Target(NamedTuple):
    """A server that is measured: its client, and its process."""

    s3: object
    process: psutil.Process


@contextlib.contextmanager
def serve(log: Path, command: list[str]) -> Iterator[Target]:
    """Run a peer on a free port, and wait until it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [part.format(port=port) for part in command]
    environment = {**os.environ, "GATEWAY_PORT": str(port)}  # ministack's
    with open(log, "wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.1)
        else:
            raise SystemExit(f"{command[0]} did not start:\n{log.read_text()}")
        yield Target(client(f"http://127.0.0.1:{port}"), psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(20)


def client(url: str):
    return boto3.session.Session().client(
        "s3",
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id="unused",
        aws_secret_access_key="unused",
        config=Config(s3={"addressing_style": "path"}),
    )


def install_ministack(folder: Path) -> str | None:
    """Install ministack into an environment of its own; return its command, None if that fails."""
    environment, uv = folder / "ministack", [sys.executable, "-m", "uv"]
    packages = [MINISTACK, "-p", str(environment / "bin/python")]
    try:
        subprocess.run([*uv, "venv", "-q", "-p", sys.executable, environment], check=True)
        subprocess.run([*uv, "pip", "install", "-q", *packages], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"ministack is not measured, since it could not be installed: {error}")
        return None
    return str(environment / "bin/ministack")
