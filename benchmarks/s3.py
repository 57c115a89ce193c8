"""Measure S3 of the Local SageMaker beside a bare moto server and ministack.

    python benchmarks/s3.py                 all of them, a few minutes
    python benchmarks/s3.py --no-ministack  without ministack, which it installs
    python benchmarks/s3.py --quick         few and small objects, to see that it works

boto3 is the client of each. All servers run at the same time and are asked in turn, so that all
have the same share of a busy machine. Memory is the proportional set size (PSS) of a server and
its children, read 20 times a second while the large object goes up and down.
The floor of a download is a server that only sends the file (file_server.py): what it takes is
boto3's own work, which no S3 can shorten.
ministack is installed with uv into a temporary folder, which needs the network.
"""

import argparse
import contextlib
import importlib.metadata
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from local_server import BUCKET, CHECKOUT, Server
from s3_peers import MINISTACK, Target, install_ministack, serve

SAMPLE_SECONDS = 0.05
MIB = 1 << 20
FLOOR = "file server"
# Our figure divided by the peers', at most.
MOST = {"PUT": 1, "GET": 1, "up": 1 / 1.7, "down": 1 / 10, "memory": 0.3}

Seconds = dict[str, dict[str, list[float]]]
"""Of each call, by what was measured and server."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few and small objects")
    parser.add_argument("--no-ministack", action="store_true")
    arguments = parser.parse_args()
    calls, rounds, size = (20, 1, 10 * MIB) if arguments.quick else (1_000, 3, 250 * MIB)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours = Server(CHECKOUT, folder / "home")
        stack.callback(ours.stop)
        ours.start()
        targets = {"ours": Target(ours.client("s3"), psutil.Process(ours.pid))}
        moto = [sys.executable, "-m", "moto.server", "-p", "{port}"]
        name = f"moto {importlib.metadata.version('moto')}"
        targets[name] = stack.enter_context(serve(folder / "moto.log", moto))
        if not arguments.no_ministack and (ministack := install_ministack(folder)):
            name = MINISTACK.replace("==", " ")
            targets[name] = stack.enter_context(serve(folder / "ministack.log", [ministack]))
        for target in targets.values():
            target.s3.create_bucket(Bucket=BUCKET)
        small = measure_small(targets, calls)
        source = folder / "source"
        source.write_bytes(os.urandom(size))
        sender = [sys.executable, str(Path(__file__).with_name("file_server.py"))]
        floor = stack.enter_context(serve(folder / "file.log", [*sender, "{port}", str(source)]))
        large, memory = measure_large(targets, floor, source, rounds)
    print_tables(small, large, memory, size)
    print_ratios(small, large, memory)


def measure_small(targets: dict[str, Target], calls: int) -> Seconds:
    """Put and get objects of 1 KB; return the seconds of each call by operation and server."""
    body = os.urandom(1024)
    seconds: Seconds = {
        "PUT": defaultdict(list),
        "GET": defaultdict(list),
    }
    warm_up = max(calls // 20, 5)
    for number in range(-warm_up, calls):
        for name, target in targets.items():
            key = {"Bucket": BUCKET, "Key": f"small/{number}"}
            put = duration(lambda: target.s3.put_object(**key, Body=body))  # noqa: B023
            content = []
            get = duration(
                lambda: content.append(target.s3.get_object(**key)["Body"].read())  # noqa: B023
            )
            if content != [body]:
                raise SystemExit(f"{name} answers other bytes than were stored.")
            if number >= 0:
                seconds["PUT"][name].append(put)
                seconds["GET"][name].append(get)
    return seconds


def measure_large(
    targets: dict[str, Target], floor: Target, source: Path, rounds: int
) -> tuple[Seconds, dict[str, float]]:
    """Upload and download a file; return the seconds, and each server's peak memory in MiB."""
    download, size = source.with_name("download"), source.stat().st_size
    seconds: Seconds = {
        "up": defaultdict(list),
        "down": defaultdict(list),
    }
    memory: dict[str, float] = defaultdict(float)
    for _ in range(rounds):
        for name, (s3, process) in targets.items():
            with peak_memory(process) as samples:
                up = duration(lambda: s3.upload_file(str(source), BUCKET, "large"))  # noqa: B023
                down = duration(lambda: s3.download_file(BUCKET, "large", str(download)))  # noqa: B023
            if download.stat().st_size != size:
                raise SystemExit(f"{name} answers {download.stat().st_size} bytes, not {size}.")
            seconds["up"][name].append(up)
            seconds["down"][name].append(down)
            memory[name] = max(memory[name], *samples)
        only = duration(lambda: floor.s3.download_file(BUCKET, "large", str(download)))
        seconds["down"][FLOOR].append(only)
    return seconds, memory


def duration(function: Callable[[], object]) -> float:
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


@contextlib.contextmanager
def peak_memory(process: psutil.Process) -> Iterator[list[float]]:
    """Read a server's memory until the context ends, in MiB."""
    samples, ended = [pss(process)], threading.Event()

    def sample() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            samples.append(pss(process))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        ended.set()
        thread.join()


def pss(process: psutil.Process) -> float:
    """Return the memory of a process and its children in MiB; RSS where there is no PSS."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            memory = one.memory_full_info()
            total += getattr(memory, "pss", memory.rss)
    return total / MIB


def print_tables(
    small: Seconds,
    large: Seconds,
    memory: dict[str, float],
    size: int,
) -> None:
    for operation, servers in small.items():
        print(f"\n{operation} of 1 KB, milliseconds")
        print(f"{'':18}{'p50':>8}{'p90':>8}{'p99':>8}")
        for name, seconds in servers.items():
            cuts = statistics.quantiles(seconds, n=100)
            print(f"{name:18}" + "".join(f"{1000 * cuts[place]:8.2f}" for place in (49, 89, 98)))
    print(f"\n{size // MIB} MiB, the fastest in seconds, and peak memory")
    print(f"{'':18}{'up':>8}{'down':>8}{'MiB':>8}")
    for name, mib in memory.items():
        up, down = (min(large[way][name]) for way in ("up", "down"))
        print(f"{name:18}{up:8.2f}{down:8.2f}{mib:8.0f}")
    print(f"{FLOOR:18}{'':8}{min(large['down'][FLOOR]):8.2f}")


def print_ratios(
    small: Seconds,
    large: Seconds,
    memory: dict[str, float],
) -> None:
    """Compare with moto; the large object with the faster peer."""
    ours, moto, *_ = memory
    ratios = {
        operation: statistics.median(servers[ours]) / statistics.median(servers[moto])
        for operation, servers in small.items()
    }
    floor = min(large["down"].pop(FLOOR))
    for way, servers in large.items():
        fastest = {name: min(values) for name, values in servers.items()}
        ratios[way] = fastest.pop(ours) / min(fastest.values())
    ratios["memory"] = memory[ours] / memory[moto]
    print()
    for what, ratio in ratios.items():
        print(f"{what}: ratio {ratio:.2f}, at most {MOST[what]:.2f}")
    down = min(large["down"][ours])
    of_peer = floor / down * ratios["down"]
    print(
        f"down: ours takes {down / floor:.2f} times the floor. The floor takes {of_peer:.2f} times"
    )
    print("      the faster peer, and with boto3 as the client no S3 can take less.")


if __name__ == "__main__":
    main()
