"""Script jobs against the same script without SageMaker.

    .venv/bin/python benchmarks/script_mode.py            (some minutes; needs the pulled image)
    .venv/bin/python benchmarks/script_mode.py --quick    (once: does it run?)

The image comes from the checkout's home folder: `python -m helpers local pull xgboost-3.2-0`.

bare      `python train.py` with the image's Python, which imports pandas and XGBoost, trains on the
          Boston Housing data and saves the model.
driver    the same script as a training job as SDK 3 requests it, from CreateTrainingJob to the
          status Completed. Target: at most 1.15 times the bare script.
toolkit   the same as SDK 2 requests it: AWS's own toolkit downloads and runs the script. It alone
          imports boto3, gevent and paramiko.
command   the script as the job's command, without anything of AWS's around it.

The ways take turns, and the best time of each counts. Memory is the peak of the process that runs
the script. Target: at most 1.1 times that of the bare script.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "tests")]

from support import jobs  # noqa: E402
from support.script_jobs import ScriptJobs  # noqa: E402
from timing import best  # noqa: E402

from helpers.datasets import boston  # noqa: E402
from helpers.home import home_folder  # noqa: E402
from helpers.local import process  # noqa: E402
from helpers.local.home import Home  # noqa: E402
from helpers.local.runtime import images  # noqa: E402

IMAGE, REPEATS = "xgboost-3.2-0", 5
DATA = "/opt/ml/input/data"
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
        try:
            server = process.ensure_running()
            measure(Benchmark(server, pulled / "bin/python3", Path(folder)), arguments.quick)
        finally:
            process.stop()
    return 0


def measure(benchmark: Benchmark, quick: bool) -> None:
    """Run all ways in turn, and print their ratios."""
    ways = ["bare", *benchmark.requests]
    repeats = 1 if quick else REPEATS
    runs = [partial(benchmark.run, way) for way in ways]
    if not quick:
        best(runs, 1)  # reads all files once
    bare, *times = best(runs, repeats)
    print(f"bare script {bare:.2f} s, peak {benchmark.peaks['bare'] / 1024:.0f} MiB")
    for way, seconds in zip(ways[1:], times, strict=True):
        memory = benchmark.peaks[way] / benchmark.peaks["bare"]
        print(f"{way:8} {seconds:.2f} s: ratio {seconds / bare:.2f}; memory ratio {memory:.2f}")


class Benchmark:
    """The ways of running the script.

    Parameters
    ----------
    server
        A Local SageMaker whose home has the image.
    python
        The image's Python.
    folder
        For the bare script's data and model.
    """

    def __init__(self, server: process.Endpoint, python: Path, folder: Path):
        self._jobs, self._python, self._folder = ScriptJobs(server), python, folder
        self.peaks: dict[str, int] = {}
        self._write_files()
        variables = {"SM_CHANNEL_TRAIN": f"{DATA}/train", "SM_MODEL_DIR": "/opt/ml/model"}
        command = self._jobs.request("python3", f"{DATA}/code/train.py", Environment=variables)
        code = self._jobs.put("code", {"train.py": SCRIPT})
        command["InputDataConfig"].append(jobs.channel(code, "code", None))
        self.requests = {
            "command": command,
            "driver": self._jobs.driver_request({"train.py": SCRIPT}),
            "toolkit": self._jobs.toolkit_request({"train.py": SCRIPT}),
        }

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
