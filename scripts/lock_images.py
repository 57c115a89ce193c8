"""Update the lock files of the framework images from their requirements.in: `make lock-images`.

The build of PyTorch for machines without a GPU is not on PyPI: it is looked for where pip's
settings say, else where uv knows that PyTorch keeps it.
"""

import os
import sys
import tempfile
from pathlib import Path

from helpers.local.runtime import pip_settings, uv

CONTAINERS = Path(__file__).resolve().parents[1] / "helpers" / "local" / "containers"
COMPILE = ["pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
COMPILE += ["--generate-hashes", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]


def main() -> None:
    """Write each lock file."""
    upgrade = ["--upgrade"] if os.environ.get("UPGRADE") else []
    sources = [CONTAINERS / "build-requirements.in", *CONTAINERS.glob("*/requirements*.in")]
    for source in sorted(sources):
        if source.stem == "requirements-common":
            continue
        print(f"  {source.relative_to(CONTAINERS)}", flush=True)
        words = [*COMPILE, "--custom-compile-command", "make lock-images", *upgrade]
        words += [source, "--output-file", source.with_suffix(".txt")]
        if source.stem.endswith("-cpu"):
            _lock_cpu_build(words)
        else:
            uv.run(*words, variables=dict(os.environ))


def _lock_cpu_build(words: list) -> None:
    """Lock PyTorch's build by its wheels in the folders that pip knows, all else as usual."""
    with tempfile.TemporaryDirectory() as scratch:
        variables, _ = pip_settings.for_uv(sys.executable)
        for folder in variables.get("UV_FIND_LINKS", "").split(","):
            for wheel in Path(folder or scratch).glob("torch-*+cpu-*.whl"):
                Path(scratch, wheel.name).symlink_to(wheel.resolve())
        try:
            uv.run(*words, variables=os.environ | {"UV_FIND_LINKS": scratch})
        except uv.UvError:
            uv.run(*words, "--torch-backend", "cpu", variables=dict(os.environ))


if __name__ == "__main__":
    try:
        main()
    except uv.UvError as error:
        sys.exit(f"uv said:\n{error}")
