"""Measure how fast an endpoint answers, beside a bare uvicorn app, BentoML and LitServe.

    python benchmarks/endpoint.py                 all of them, a few minutes
    python benchmarks/endpoint.py --no-peers      without BentoML and LitServe, which it installs
    python benchmarks/endpoint.py --quick         few calls, to see that it works

All serve the same model of Boston's data, and answer one row of CSV. They run at the same time; a
round of calls to each in turn is repeated, so that all have the same share of a busy machine. The
calls of a client go over one connection that is kept. An endpoint's calls are signed, once.
BentoML and LitServe are installed with uv into a temporary folder, which needs the network.
"""

import argparse
import contextlib
import http.client
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import boto3
from botocore.config import Config
from endpoint_deploy import REGION, deploy, seconds_until_seen
from endpoint_peers import PEERS, START_SECONDS, Target, install, serve

from helpers.local import process


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--no-peers", action="store_true")
    arguments = parser.parse_args()
    rounds, calls = (2, 50) if arguments.quick else (20, 300)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["SAGEMAKER_LOCAL_HOME"] = str(folder / "home")
        stack.callback(process.stop)
        row, model, target, boto3_call, in_service = deploy(folder)
        seen = seconds_until_seen()
        targets = {"endpoint": target}
        targets["bare uvicorn"] = stack.enter_context(serve(folder, sys.executable, "bare", model))
        if not arguments.no_peers:
            for name in PEERS:
                interpreter = install(folder, name)
                targets[name] = stack.enter_context(serve(folder, interpreter, name.lower(), model))
        check_answers(targets, row)
        pins = [pin.replace("==", " ") for name, pin in PEERS.items() if name in targets]
        servers = ", ".join([f"uvicorn {metadata.version('uvicorn')}", *pins])
        print(f"Python {platform.python_version()}, {servers}")
        print(f"CreateEndpoint to InService: {in_service:.3f} s")
        print(f"InService to the return of the SDK's wait_for_status: {seen:.3f} s")
        for clients in (1, 2):
            print_table(clients, measure(targets, row, rounds, calls, clients))
        print_boto3(targets["bare uvicorn"], row, rounds, calls, boto3_call)


def check_answers(targets: dict[str, Target], row: bytes) -> None:
    """Make sure that all predict the same. A peer may listen before it is ready."""
    answers = {}
    for name, target in targets.items():
        end = time.monotonic() + START_SECONDS
        while True:
            connection = http.client.HTTPConnection(target.host)
            connection.request("POST", target.path, target.body(row), target.headers)
            response = connection.getresponse()
            body = response.read()
            connection.close()
            if response.status == 200 or time.monotonic() > end:
                break
            time.sleep(0.2)
        answers[name] = body
        if abs(float(body) - float(answers["endpoint"])) > 1e-4:
            raise SystemExit(f"{name} predicts {body!r}, not {answers['endpoint']!r}")


def measure(
    targets: dict[str, Target], row: bytes, rounds: int, calls: int, clients: int
) -> dict[str, tuple[list[float], float]]:
    """Return for each target the seconds of all calls, and the calls a second."""
    seconds: dict[str, list[float]] = defaultdict(list)
    spent: dict[str, float] = defaultdict(float)
    for _ in range(rounds):
        for name, target in targets.items():
            begin = time.perf_counter()
            threads = [
                threading.Thread(target=call, args=(target, row, calls, seconds[name]))
                for _ in range(clients)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            spent[name] += time.perf_counter() - begin
    return {name: (times, len(times) / spent[name]) for name, times in seconds.items()}


def call(target: Target, row: bytes, calls: int, seconds: list[float]) -> None:
    """Call a target over one connection, and note how long each call takes."""
    connection = http.client.HTTPConnection(target.host)
    for _ in range(calls):
        begin = time.perf_counter()
        connection.request("POST", target.path, target.body(row), target.headers)
        response = connection.getresponse()
        response.read()
        seconds.append(time.perf_counter() - begin)
        if response.status != 200:
            raise SystemExit(f"{target.host} answered {response.status}")
    connection.close()


def print_table(clients: int, measured: dict[str, tuple[list[float], float]]) -> None:
    print(f"\n{clients} client(s), milliseconds")
    print(f"{'':14}{'p50':>8}{'p90':>8}{'p99':>8}{'p99.9':>8}{'calls/s':>9}{'ratio p50':>11}")
    middle = statistics.median(measured["endpoint"][0])
    for name, (seconds, rate) in measured.items():
        cuts = statistics.quantiles(seconds, n=1000)
        figures = "".join(f"{1000 * cuts[place]:8.2f}" for place in (499, 899, 989, 998))
        print(f"{name:14}{figures}{rate:9.0f}{middle / statistics.median(seconds):11.2f}")
    print("ratio p50: the endpoint's p50 divided by theirs")


def print_boto3(
    bare: Target, row: bytes, rounds: int, calls: int, call_endpoint: Callable[[], object]
) -> None:
    """Compare calls by boto3 of the endpoint with calls by boto3 of the bare app."""
    runtime = boto3.client(
        "sagemaker-runtime",
        endpoint_url=f"http://{bare.host}",
        region_name=REGION,
        aws_access_key_id="unused",
        aws_secret_access_key="unused",
        config=Config(retries={"total_max_attempts": 1}),
    )
    request = {"EndpointName": "e", "ContentType": "text/csv", "Body": row}
    targets = {
        "endpoint": call_endpoint,
        "bare uvicorn": lambda: runtime.invoke_endpoint(**request)["Body"].read(),
    }
    seconds: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for name, function in targets.items():
            for _ in range(calls // 3):
                begin = time.perf_counter()
                function()
                seconds[name].append(time.perf_counter() - begin)
    middle = {name: 1000 * statistics.median(values) for name, values in seconds.items()}
    print("\nby boto3, p50 in milliseconds:", ", ".join(f"{n} {v:.2f}" for n, v in middle.items()))
    print(f"ratio boto3 {middle['endpoint'] / middle['bare uvicorn']:.2f}")


if __name__ == "__main__":
    main()
