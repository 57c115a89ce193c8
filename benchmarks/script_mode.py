"""Script jobs against the same script without SageMaker.

    .venv/bin/python benchmarks/script_mode.py            (some minutes; needs the pulled image)
    .venv/bin/python benchmarks/script_mode.py --quick    (once: does it run?)

The image comes from the checkout's home folder: `python -m helpers local pull xgboost-3.2-0`.

bare      `python train.py` with the image's Python, which imports pandas and XGBoost, trains on the
          Boston Housing data and saves the model.
command   the script as a training job whose command it is, without anything of AWS's around it,
          from CreateTrainingJob to the status Completed. Target: at most 1.15 times the bare script
          where it runs in a new interpreter, and half of it in a fork of the image's preloaded one.
driver    the same as SDK 3 requests it, with its driver. Same targets.
toolkit   the same as SDK 2 requests it: AWS's own toolkit downloads and runs the script. Same
          targets. Before the script starts, it imports boto3 and paramiko and makes a client of S3.

All are run by three servers: one that preloads nothing, one that preloads what AWS's toolkit
imports (the script itself still imports everything in a new interpreter), and one that preloads the
libraries of the image too, as a server does by default. The ways take turns, and the best time of
each counts. The medians and the CPU time of all processes are printed as well: a busy machine
changes the CPU time less.

Memory is the peak of the process that runs the script (VmHWM of Linux): pages that a fork shares
count for it too. Target: at most 1.1 times the bare script's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "tests")]

from support import jobs  # noqa: E402
from support.script_jobs import ScriptJobs  # noqa: E402

from helpers.datasets import boston  # noqa: E402
from helpers.home import home_folder  # noqa: E402
from helpers.local import process  # noqa: E402
from helpers.local.home import Home  # noqa: E402
from helpers.local.runtime import images, preloaded_images  # noqa: E402

IMAGE, REPEATS = "xgboost-3.2-0", 5
DATA, PRELOAD_SECONDS = "/opt/ml/input/data", 8
SCRIPT = """
import os

import pandas
import xgboost

data = pandas.read_csv(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "train.csv"), header=None)
matrix = xgboost.DMatrix(data.drop(columns=0), data[0])
booster = xgboost.train({"nthread": 1, "max_depth": 5}, matrix, num_boost_round=50)
booster.save_model(os.path.join(os.environ["SM_MODEL_DIR"], "model.ubj"))
with open("/proc/self/status") as status:
    print("peak", next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""
SERVERS = {  # by the setting of what they preload
    "0": "new interpreters",
    "toolkit": "toolkit preloaded, script in a new interpreter",
    "1": "preloaded interpreter",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="once")
    parser.add_argument("--image", type=Path, help="the environment of the image")
    arguments = parser.parse_args()
    pulled = arguments.image or Home(home_folder()).images / IMAGE
    if not (pulled / images.MARKER).exists():
        raise SystemExit(f"First: python -m helpers local pull {IMAGE}")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        (home / "images").mkdir(parents=True)
        (home / "images" / IMAGE).symlink_to(pulled.absolute())
        os.environ["SAGEMAKER_LOCAL_HOME"] = str(home)
        for preload, title in SERVERS.items():
            os.environ[preloaded_images.SETTING] = preload
            try:
                server, scratch = process.ensure_running(), Path(folder, preload)
                scratch.mkdir()
                print(f"{title}:")
                measure(Benchmark(server, pulled, scratch), arguments.quick)
            finally:
                process.stop()
    return 0


def measure(benchmark: Benchmark, quick: bool) -> None:
    """Run all ways in turn, and print their ratios."""
    ways = ["bare", *benchmark.requests]
    for way in ways[1:]:  # a preloading server starts to import then
        benchmark.run(way)
    time.sleep(PRELOAD_SECONDS)
    rounds = [[clock(benchmark, way) for way in ways] for _ in range(1 if quick else REPEATS)]
    runs = {way: [times[number] for times in rounds] for number, way in enumerate(ways)}
    bare, bare_cpu = map(min, zip(*runs["bare"], strict=True))
    for way in ways:
        seconds, cpu = zip(*runs[way], strict=True)
        print(
            f"  {way:8} {min(seconds):.2f} s (median {statistics.median(seconds):.2f}), "
            f"ratio {min(seconds) / bare:.2f}; "
            f"CPU {min(cpu):.2f} s, ratio {min(cpu) / bare_cpu:.2f}; "
            f"memory {benchmark.peaks[way] / 1024:.0f} MiB, "
            f"ratio {benchmark.peaks[way] / benchmark.peaks['bare']:.2f}",
            flush=True,
        )


def clock(benchmark: Benchmark, way: str) -> tuple[float, float]:
    """Return the seconds that a way takes, and the CPU seconds of all our processes."""

    def cpu_seconds() -> float:
        server = psutil.Process(benchmark.server.pid)
        family = [psutil.Process(), server, *server.children(recursive=True)]
        return sum(sum(item.cpu_times()[:4]) for item in family)

    begin, cpu = time.perf_counter(), cpu_seconds()
    benchmark.run(way)
    return time.perf_counter() - begin, cpu_seconds() - cpu


class Benchmark:
    """The ways of running the script.

    Parameters
    ----------
    server
        A Local SageMaker whose home has the image.
    image
        The environment of the image.
    folder
        For the bare script's data and model.
    """

    def __init__(self, server: process.Endpoint, image: Path, folder: Path):
        self.server = server
        self._jobs, self._python, self._folder = ScriptJobs(server), image / "bin/python3", folder
        self.peaks: dict[str, int] = {}
        self._write_files()
        variables = {"SM_CHANNEL_TRAIN": f"{DATA}/train", "SM_MODEL_DIR": "/opt/ml/model"}
        command = self._jobs.request("python3", f"{DATA}/code/train.py", Environment=variables)
        code = self._jobs.put("code", {"train.py": SCRIPT})
        command["InputDataConfig"].append(jobs.channel(code, "code", None))
        self.requests = {
            "command": command,
            "driver": self._jobs.driver_request({"train.py": SCRIPT}),
        }
        if (image / "bin/train").exists():
            self.requests["toolkit"] = self._jobs.toolkit_request({"train.py": SCRIPT})

    def _write_files(self) -> None:
        table = boston.load()
        table = table[[boston.TARGET, *table.columns.drop(boston.TARGET)]]
        rows = table.to_csv(header=False, index=False).encode()
        self._jobs.put("train", {"train.csv": rows})
        for name in ("train", "model"):
            (self._folder / name).mkdir()
        (self._folder / "train/train.csv").write_bytes(rows)
        (self._folder / "train.py").write_text(SCRIPT)

    def run(self, way: str) -> None:
        """Run the script in one of the ways."""
        lines = self._run_bare() if way == "bare" else self._run_job(way)
        (peak,) = [line for line in lines if line.startswith("peak ")]
        self.peaks[way] = int(peak.split()[1])

    def _run_bare(self) -> list[str]:
        variables = {
            "SM_CHANNEL_TRAIN": str(self._folder / "train"),
            "SM_MODEL_DIR": str(self._folder / "model"),
        }
        done = subprocess.run(
            [self._python, "train.py"],
            cwd=self._folder,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()

    def _run_job(self, way: str) -> list[str]:
        request = self.requests[way] | {"TrainingJobName": jobs.new_name()}
        ended = self._jobs.run(request)
        if ended.status != "Completed":
            raise SystemExit("\n".join([*ended.log, ended.reason]))
        return ended.log


if __name__ == "__main__":
    sys.exit(main())
