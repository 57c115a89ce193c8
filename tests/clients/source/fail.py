"""A script that fails: after it has saved a model, or with an exit code of its own."""

import argparse
import os
import sys
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--code", type=int, default=0)
arguments = parser.parse_args()
(Path(os.environ["SM_MODEL_DIR"]) / "half").write_text("half a model")
if arguments.code:
    sys.exit(arguments.code)
raise ValueError("the learner's own text")
