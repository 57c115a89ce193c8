"""Measure the console: a long list's first paint, and what open pages cost.

    python benchmarks/console.py            with Chromium, in some four minutes
    python benchmarks/console.py --quick    small numbers, to see that it runs

Three ratios, each of two things measured in turn in one run:

* the first contentful paint of the list of 1,000 training jobs, to that of 10 jobs on another
  server (without Chromium: the time until the page is there);
* the processor time of the server while a page watches a running job, without what it takes with no
  page, as a share of a core;
* the time that a round of the job takes while fifty pages watch it, to that with none.
"""

import argparse
import contextlib
import http.client
import random
import shutil
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from local_server import BUCKET, CHECKOUT, REGION, Server
from training_jobs import XGBOOST_IMAGE, definition

JOBS = f"/console/{REGION}/jobs"
MOST = {"paint": 1.3, "kilobytes": 100, "share": 0.02, "slower": 1.05}
COLUMNS = 20
PAINT = """() => new Promise((resolve) => new PerformanceObserver((list) => {
  const [paint] = list.getEntriesByName("first-contentful-paint");
  if (paint) resolve(paint.startTime);
}).observe({type: "paint", buffered: true}))"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small numbers")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        few, many = (Server(CHECKOUT, Path(folder) / name) for name in ("few", "many"))
        try:
            measure_paint(few, many, *((3, 60, 3) if quick else (10, 1000, 40)))
            few.stop()
            put_data(many, 500 if quick else 20_000)
            measure_watching(many, *((2, 1) if quick else (12, 4)), many=50)
        finally:
            few.stop()
            many.stop()


def measure_paint(few: Server, many: Server, low: int, high: int, repeats: int) -> None:
    """Print the first paint of both lists, in turn, and the size of the longer one."""
    for server, count in ((few, low), (many, high)):
        server.start()
        train_first(server)
        server.stop()
        server.clone_job(count)
        server.start()
    sizes = {count: len(fetch(server)) for server, count in ((few, low), (many, high))}
    seconds: dict[int, list[float]] = {low: [], high: []}
    with paint_timer() as (what, timer):
        for repeat in range(repeats + 1):
            for server, count in ((few, low), (many, high)):
                passed = timer(server)
                if repeat:  # the first one starts what it needs
                    seconds[count].append(passed)
    for count in (low, high):
        print(
            f"{what}, {count} jobs: {1000 * statistics.median(seconds[count]):.0f} ms in the "
            f"median, {sizes[count] / 1000:.1f} kB"
        )
    pairs = zip(seconds[low], seconds[high], strict=True)
    ratio = statistics.median(long / short for short, long in pairs)
    print(f"list of {high} jobs to that of {low}: ratio {ratio:.2f}, at most {MOST['paint']}")
    ratio = sizes[high] / 1000 / MOST["kilobytes"]
    print(f"its size to {MOST['kilobytes']} kB: ratio {ratio:.2f}, at most 1")


@contextlib.contextmanager
def paint_timer() -> Iterator[tuple[str, object]]:
    """Return what is timed, and a function that times it in seconds."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        yield "time to the page's last byte", time_fetch
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        tabs = {}

        def first_paint(server: Server) -> float:
            if server.port not in tabs:
                tabs[server.port] = browser.new_page()
                address = f"http://127.0.0.1:{server.port}/console?token={token(server)}"
                tabs[server.port].goto(address)
            tabs[server.port].goto(f"http://127.0.0.1:{server.port}{JOBS}")
            return tabs[server.port].evaluate(PAINT) / 1000

        yield "first contentful paint", first_paint
        browser.close()


def time_fetch(server: Server) -> float:
    begin = time.perf_counter()
    fetch(server)
    return time.perf_counter() - begin


def token(server: Server) -> str:
    return (server.home / "console-token").read_text()


def ask(server: Server, path: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """Ask for a page with the console's cookie."""
    name = f"sagemaker-console-{(server.home / 'id').read_text()}"
    connection = server.connect()
    connection.request("GET", path, headers={"Cookie": f"{name}={token(server)}"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}: {answer.read()[:300]!r}")
    return connection, answer


def fetch(server: Server) -> bytes:
    """Return the list of training jobs as HTML."""
    connection, answer = ask(server, JOBS)
    with contextlib.closing(connection):
        return answer.read()


def train_first(server: Server) -> None:
    """Run the job that `clone_job` copies."""
    s3 = server.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="train/a.csv", Body=b"1,2\n2,3\n3,4\n" * 10)
    start(server, "first", 3)
    wait(server, "first")


def put_data(server: Server, rows: int) -> None:
    """Put a table that takes a while to train on."""
    random.seed(7)
    lines = (
        ",".join(f"{random.random():.4f}" for _ in range(COLUMNS + 1)) + "\n" for _ in range(rows)
    )
    server.client("s3").put_object(Bucket=BUCKET, Key="train/a.csv", Body="".join(lines).encode())


def start(server: Server, name: str, rounds: int) -> None:
    """Start a training job on one core."""
    parameters = {"num_round": str(rounds), "objective": "reg:squarederror", "nthread": "1"}
    server.client("sagemaker").create_training_job(
        TrainingJobName=name,
        HyperParameters=parameters,
        **definition(XGBOOST_IMAGE, {"train": f"s3://{BUCKET}/train/"}, f"s3://{BUCKET}/out"),
    )


def wait(server: Server, name: str) -> float:
    """Wait for a job; return its training time in seconds."""
    sagemaker = server.client("sagemaker")
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
    job = sagemaker.describe_training_job(TrainingJobName=name)
    return (job["TrainingEndTime"] - job["TrainingStartTime"]).total_seconds()


@contextlib.contextmanager
def watching(server: Server, name: str, pages: int) -> Iterator[None]:
    """Watch a job with some pages, each with a connection of its own, as browsers do."""
    opened = [ask(server, f"{JOBS}/{name}?live=1") for _ in range(pages)]
    threads = [threading.Thread(target=drain, args=(answer,)) for _, answer in opened]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for connection, _ in opened:
            with contextlib.suppress(OSError, AttributeError):  # its stream has ended
                connection.sock.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(20)


def drain(answer: http.client.HTTPResponse) -> None:
    with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
        while answer.read1(1 << 16):
            pass


def measure_watching(server: Server, windows: int, seconds: float, many: int) -> None:
    """Print what a page costs the server while a job runs, and what many pages cost the job.

    A job runs all the time, and is watched in windows: by no page, by one, by many, and again.
    """
    fetch(server)  # what renders pages is imported now
    start(server, "endless", 1_000_000)
    while not rounds(server):  # it loads its data
        time.sleep(0.1)
    used: dict[int, list[float]] = {0: [], 1: [], many: []}
    speed: dict[int, list[float]] = {0: [], 1: [], many: []}
    for _ in range(windows):
        for pages in used:
            with watching(server, "endless", pages):
                before, first, begin = cpu_seconds(server), rounds(server), time.monotonic()
                time.sleep(seconds)
                passed = time.monotonic() - begin
                used[pages].append((cpu_seconds(server) - before) / passed)
                speed[pages].append((rounds(server) - first) / passed)
    server.client("sagemaker").stop_training_job(TrainingJobName="endless")
    wait(server, "endless")
    share = {pages: statistics.mean(values) for pages, values in used.items()}
    for pages in used:
        print(
            f"job watched by {pages} pages: {statistics.median(speed[pages]):.1f} rounds a second "
            f"in the median, the server takes {share[pages]:.4f} of a core"
        )
    one = max(share[1] - share[0], 1e-4)
    print(f"one page's share of a core: share {one:.4f}, at most {MOST['share']}")
    pairs = zip(speed[0], speed[many], strict=True)
    ratio = statistics.median(alone / watched for alone, watched in pairs)
    print(
        f"a round watched by {many} pages to one alone: ratio {ratio:.3f}, at most {MOST['slower']}"
    )


def rounds(server: Server) -> int:
    """Return how many lines the job has logged: one a round."""
    return sum(
        file.read_bytes().count(b"\n")
        for file in server.home.glob(f"logs/{REGION}/*TrainingJobs/endless*.jsonl")
    )


def cpu_seconds(server: Server) -> float:
    times = psutil.Process(server.pid).cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    main()
