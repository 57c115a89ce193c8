"""Script jobs against the same script without SageMaker.

    .venv/bin/python benchmarks/script_mode.py            (some minutes; needs the pulled image)
    .venv/bin/python benchmarks/script_mode.py --quick    (once: does it run?)

The image comes from the checkout's home folder: `python -m helpers local pull xgboost-3.2-0`.

bare      `python train.py` with the image's Python, which imports pandas and XGBoost, trains on the
          Boston Housing data and saves the model.
command   the script as a training job whose command it is, without anything of AWS's around it,
          from CreateTrainingJob to the status Completed. Target: at most 1.15 times the bare script
          in a new interpreter, and half of it in a fork of the image's preloaded one.
driver    the same as SDK 3 requests it, with its driver. Same targets.
toolkit   the same as SDK 2 requests it: AWS's own toolkit downloads and runs the script. Same
          targets, though it imports boto3 and paramiko first.

All are run by a server that does not preload, and by one that does. The ways take turns, and the
best time of each counts. Memory is the peak of the process that runs the script, as the system
counts it: pages that a fork shares count for it too. Target: at most 1.1 times the bare script's.
CPU is that of all processes, which a busy machine changes less than the time.
"""

from __future__ import annotations

import argparse
import os
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
import resource

import pandas
import xgboost

data = pandas.read_csv(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "train.csv"), header=None)
matrix = xgboost.DMatrix(data.drop(columns=0), data[0])
booster = xgboost.train({"nthread": 1, "max_depth": 5}, matrix, num_boost_round=50)
booster.save_model(os.path.join(os.environ["SM_MODEL_DIR"], "model.ubj"))
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


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
        for preload, title in (("0", "new interpreters"), ("1", "preloaded interpreter")):
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
    benchmark.run("command")  # a preloading server starts to import then
    time.sleep(PRELOAD_SECONDS)
    rounds = [[clock(benchmark, way) for way in ways] for _ in range(1 if quick else REPEATS)]
    seconds, cpu = (
        [min(times[number][which] for times in rounds) for number in range(len(ways))]
        for which in range(2)
    )
    peak = benchmark.peaks["bare"]
    print(f"  bare     {seconds[0]:.2f} s, CPU {cpu[0]:.2f} s, peak {peak / 1024:.0f} MiB")
    for number, way in enumerate(ways[1:], start=1):
        print(
            f"  {way:8} {seconds[number]:.2f} s: ratio {seconds[number] / seconds[0]:.2f}; "
            f"CPU ratio {cpu[number] / cpu[0]:.2f}; memory ratio {benchmark.peaks[way] / peak:.2f}"
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
