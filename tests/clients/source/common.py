"""What the training scripts of these tests share: arguments, data, and a report.

The scripts run as a job, and on this machine with the same variables and arguments.
"""

import argparse
import json
import os
import socket
import sys
from pathlib import Path

import numpy as np


def parse_arguments(**defaults):
    """Return the arguments of a script; others that it got are in `other`."""
    parser = argparse.ArgumentParser()
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    parser.add_argument("--model_dir", type=Path, default=os.environ["SM_MODEL_DIR"])
    arguments, arguments.other = parser.parse_known_args()
    return arguments


def load_rows():
    """Return features and labels of the channel `train`: the label is first."""
    files = sorted(Path(os.environ["SM_CHANNEL_TRAIN"]).glob("*.csv"))
    rows = np.vstack([np.loadtxt(file, delimiter=",", ndmin=2) for file in files])
    return rows[:, 1:], rows[:, 0]


def write_report(**results):
    """Write what a script has computed, and what it saw, to its output data."""
    report = {
        "argv": sys.argv[1:],
        "hyperparameters": json.loads(os.environ.get("SM_HPS", "{}")),
        "hosts": json.loads(os.environ.get("SM_HOSTS", "[]")),
        "host": os.environ.get("SM_CURRENT_HOST", socket.gethostname()),
        "own": os.environ.get("OWN"),
        **results,
    }
    folder = Path(os.environ["SM_OUTPUT_DATA_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(report))
