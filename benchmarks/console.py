"""Measure the console: a long list's first paint, and what open pages cost.

    python benchmarks/console.py            with Chromium, in some three minutes
    python benchmarks/console.py --quick    small numbers, to see that it runs

Three ratios, each of two things measured in turn in one run:

* the first contentful paint of the list of 1,000 training jobs, to that of 10 jobs on another
  server (without Chromium: the time until the page is there);
* the processor time of the server while a job runs and a page watches it, without what the same job
  takes with no page, as a share of a core;
* the time that a job takes while fifty pages watch it, to that with none.
"""

import argparse
import contextlib
import http.client
import random
import shutil
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
            rows, rounds, repeats = (500, 60, 1) if quick else (20_000, 100, 12)
            put_data(many, rows)
            measure_watching(many, rounds, repeats, pages=50)
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
        for round in range(repeats + 1):
            for server, count in ((few, low), (many, high)):
                passed = timer(server)
                if round:  # the first one starts what it needs
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
    train(server, "first", 3)


def put_data(server: Server, rows: int) -> None:
    """Put a table that takes a while to train on."""
    random.seed(7)
    lines = (
        ",".join(f"{random.random():.4f}" for _ in range(COLUMNS + 1)) + "\n" for _ in range(rows)
    )
    server.client("s3").put_object(Bucket=BUCKET, Key="train/a.csv", Body="".join(lines).encode())


def train(server: Server, name: str, rounds: int, pages: int = 0) -> tuple[float, float]:
    """Train while pages watch; return the job's training time and the server's CPU seconds."""
    sagemaker = server.client("sagemaker")
    process = psutil.Process(server.pid)
    sagemaker.create_training_job(
        TrainingJobName=name,
        HyperParameters={
            "num_round": str(rounds),
            "objective": "reg:squarederror",
            "nthread": "1",
        },
        **definition(XGBOOST_IMAGE, {"train": f"s3://{BUCKET}/train/"}, f"s3://{BUCKET}/out"),
    )
    with watching(server, name, pages):
        before = process.cpu_times()
        waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
        waiter.wait(TrainingJobName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
        after = process.cpu_times()
    job = sagemaker.describe_training_job(TrainingJobName=name)
    cpu = (after.user + after.system) - (before.user + before.system)
    return (job["TrainingEndTime"] - job["TrainingStartTime"]).total_seconds(), cpu


@contextlib.contextmanager
def watching(server: Server, name: str, pages: int) -> Iterator[None]:
    """Watch a job with some pages, each with a connection of its own, as browsers do."""
    opened = [ask(server, f"{JOBS}/{name}?live=1") for _ in range(pages)]
    threads = [threading.Thread(target=drain, args=(answer,)) for _, answer in opened]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:  # the job's end ends its streams
        thread.join(20)
    for connection, _ in opened:
        connection.close()


def drain(answer: http.client.HTTPResponse) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):
        while answer.read1(1 << 16):
            pass


def measure_watching(server: Server, rounds: int, repeats: int, pages: int) -> None:
    """Train in turn with no page, with one, and with many; print what they cost."""
    seconds: dict[int, list[float]] = {0: [], 1: [], pages: []}
    cpu: dict[int, list[float]] = {0: [], 1: [], pages: []}
    fetch(server)  # what renders pages is imported now
    for repeat in range(repeats):
        for count in seconds:
            passed, used = train(server, f"watched-{repeat}-by-{count}", rounds, count)
            seconds[count].append(passed)
            cpu[count].append(used)
    best = {count: min(values) for count, values in seconds.items()}
    for count in seconds:
        print(
            f"job watched by {count} pages: {best[count]:.2f} s at best, the server takes "
            f"{statistics.median(cpu[count]):.2f} s of a processor in the median"
        )
    shares = [
        (one - none) / duration
        for none, one, duration in zip(cpu[0], cpu[1], seconds[1], strict=True)
    ]
    share = max(statistics.median(shares), 1e-4)
    print(f"one page's share of a core: share {share:.4f}, at most {MOST['share']}")
    ratio = best[pages] / best[0]
    print(f"job watched by {pages} pages to one alone: ratio {ratio:.3f}, at most {MOST['slower']}")


if __name__ == "__main__":
    main()
