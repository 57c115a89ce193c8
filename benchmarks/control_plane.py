"""Measure the control plane: Describe and List among many jobs, and a start with much state.

    python benchmarks/control_plane.py                  this checkout alone
    python benchmarks/control_plane.py --peer FOLDER    another checkout's server in the same run
    python benchmarks/control_plane.py --quick          small numbers, to see that it runs

All servers run at once and are asked in turn, so that a busy machine slows them alike. A request is
signed once and sent again on one connection: the client costs next to nothing, and what is measured
is the server. The peer needs an environment of its own: FOLDER/.venv.
"""

import argparse
import contextlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from local_server import BUCKET, CHECKOUT, Server
from training_jobs import XGBOOST_IMAGE, definition

CPU = "  CPU time of the server for it, mean"
MOST = {"describe": 0.8, "list": 0.1, "growth": 1.5, "start": 1.5}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", type=Path, metavar="FOLDER", help="another checkout")
    parser.add_argument("--quick", action="store_true", help="small numbers")
    arguments = parser.parse_args()
    jobs = (20, 40) if arguments.quick else (1_000, 10_000)
    calls = 20 if arguments.quick else 2_000
    checkouts = {"this checkout": CHECKOUT}
    if arguments.peer:
        checkouts = {"peer": arguments.peer.resolve(), **checkouts}
    with servers({**checkouts, "empty": CHECKOUT}) as running:
        empty = running.pop("empty")
        objects = 20 if arguments.quick else 8_000
        results = measure(running, empty, jobs, calls, objects)
    show(results, jobs)


@contextlib.contextmanager
def servers(checkouts: dict[str, Path]) -> Iterator[dict[str, Server]]:
    with tempfile.TemporaryDirectory() as folder:
        running = {
            name: Server(checkout, Path(folder) / str(number))
            for number, (name, checkout) in enumerate(checkouts.items())
        }
        try:
            yield running
        finally:
            for server in running.values():
                server.stop()


def measure(
    running: dict[str, Server], empty: Server, jobs: tuple[int, int], calls: int, objects: int
) -> dict[str, dict[str, float]]:
    """Return seconds by what was measured and server."""
    results: dict[str, dict[str, float]] = {}
    for server in running.values():
        server.start()
    names = {name: make_job(server) for name, server in running.items()}
    few, many = jobs
    describe = {name: ("DescribeTrainingJob", {"TrainingJobName": names[name]}) for name in running}
    page = dict.fromkeys(running, ("ListTrainingJobs", {"MaxResults": 100}))
    before = cpu_seconds(running)
    results["DescribeTrainingJob"] = p50(running, describe, calls)
    after = cpu_seconds(running)
    results[CPU] = {name: (after[name] - before[name]) / calls for name in running}
    ours = running["this checkout"]  # another one's files may be elsewhere
    ours.stop()
    ours.put_objects(objects)
    for count in (few, many):
        for server in running.values():
            server.stop()
            server.clone_job(count)
        for server in running.values():
            server.start()
        if count == few:
            results |= measure_starts(ours, empty, f"{few} jobs and {objects} objects")
        results[f"ListTrainingJobs of 100 among {count}"] = p50(running, page, max(calls // 50, 5))
    return results


def cpu_seconds(running: dict[str, Server]) -> dict[str, float]:
    """Return what each server has used of the processors, which a busy machine changes little."""
    times = {name: psutil.Process(server.pid).cpu_times() for name, server in running.items()}
    return {name: time.user + time.system for name, time in times.items()}


def measure_starts(full: Server, empty: Server, state: str) -> dict[str, dict[str, float]]:
    """Start both in turn; return the fastest starts, and first requests that load the state."""
    seconds: dict[str, list[float]] = {}
    for _ in range(5):
        for name, server in {"empty": empty, state: full}.items():
            server.stop()
            seconds.setdefault(f"start, {name}", []).append(server.start())
            s3, logs = server.client("s3"), server.client("logs")
            for what, call in {"S3": s3.list_buckets, "Logs": logs.describe_log_groups}.items():
                begin = time.perf_counter()
                call()
                passed = time.perf_counter() - begin
                seconds.setdefault(f"  then the first request to {what}, {name}", []).append(passed)
    empty.stop()
    return {what: {"this checkout": min(values)} for what, values in seconds.items()}


def make_job(server: Server) -> str:
    """Train on a few rows; return the job's name."""
    s3, sagemaker = server.client("s3"), server.client("sagemaker")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="train/a.csv", Body=b"1,2\n2,3\n3,4\n" * 10)
    channels = {"train": f"s3://{BUCKET}/train/"}
    sagemaker.create_training_job(
        TrainingJobName="first",
        HyperParameters={"num_round": "3", "objective": "reg:squarederror"},
        **definition(XGBOOST_IMAGE, channels, f"s3://{BUCKET}/out"),
    )
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName="first", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return "first"


def p50(running: dict[str, Server], requests: dict[str, tuple], calls: int) -> dict[str, float]:
    """Send each server its request in turn; return the medians, in seconds."""
    seconds: dict[str, list[float]] = {name: [] for name in running}
    connections = {name: server.connect() for name, server in running.items()}
    signed = {name: server.signed(*requests[name]) for name, server in running.items()}
    for _ in range(calls):
        for name, connection in connections.items():
            body, headers = signed[name]
            begin = time.perf_counter()
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            content = answer.read()
            seconds[name].append(time.perf_counter() - begin)
            if answer.status != 200:
                raise SystemExit(f"{name} answered {answer.status}: {content[:300]!r}")
    for connection in connections.values():
        connection.close()
    return {name: statistics.median(values) for name, values in seconds.items()}


def show(results: dict[str, dict[str, float]], jobs: tuple[int, int]) -> None:
    names = list(results["DescribeTrainingJob"])
    print(f"{'p50 in ms; starts: the fastest of five':65}" + "".join(f"{n:>16}" for n in names))
    for what, values in results.items():
        cells = (f"{values[name] * 1000:.2f}" if name in values else "-" for name in names)
        print(f"{what:65}" + "".join(f"{cell:>16}" for cell in cells))
    ours = {what: values["this checkout"] for what, values in results.items()}
    few, many = (f"ListTrainingJobs of 100 among {count}" for count in jobs)
    full = next(what for what in ours if what.startswith("start, ") and what != "start, empty")
    ratios = {
        f"List among {jobs[1]} to {jobs[0]}": (ours[many] / ours[few], MOST["growth"]),
        "start with much to an empty one's": (ours[full] / ours["start, empty"], MOST["start"]),
    }
    if "peer" in names:
        for what, key in (("DescribeTrainingJob", "describe"), (CPU, "describe"), (few, "list")):
            ratio = results[what]["this checkout"] / results[what]["peer"]
            ratios[f"{what.strip()}, to the peer's"] = (ratio, MOST[key])
    for what, (ratio, most) in ratios.items():
        print(f"{what}: ratio {ratio:.2f}, at most {most}")


if __name__ == "__main__":
    main()
