"""Models that are served by a script: an image made without a network, and their artifacts."""

import io
import json
import platform
import sysconfig
import tarfile
import venv
from pathlib import Path

from helpers.local.containers import registry
from helpers.local.containers.contract import Framework
from support import jobs

# What the training container's model is loaded with. The file has no suffix that tells its format.
MODEL_FN = """
import pathlib
import xgboost

def model_fn(model_dir):
    booster = xgboost.Booster()
    booster.load_model(bytearray((pathlib.Path(model_dir) / "xgboost-model").read_bytes()))
    return booster
"""


def framework() -> Framework:
    """Return what runs the scripts of the newest image of the built-in XGBoost."""
    image = registry.resolve(jobs.image_uri(), "us-east-1")
    return registry.container_of(image).framework(image)


def pull(home: Path) -> Path:
    """Make the image in a home folder: the course's own Python and libraries, without `helpers`.

    Returns its folder.
    """
    folder = home / "images" / framework().name
    if not (folder / "image.json").exists():
        venv.create(folder, symlinks=True)
        [libraries] = folder.glob("lib/python3.*/site-packages")
        # Its .pth files don't count, so that the course itself can't be imported.
        (libraries / "course.pth").write_text(sysconfig.get_path("purelib"))
        marker = {"python": platform.python_version(), "package": "", "digest": "", "size": 0}
        (folder / "image.json").write_text(json.dumps(marker))
    return folder


def tar_gz(files: dict[str, bytes | str]) -> bytes:
    """Return an archive with these files."""
    with io.BytesIO() as buffer:
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for name, content in files.items():
                content = content.encode() if isinstance(content, str) else content
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return buffer.getvalue()


def container(data_url: str, code_url: str = "/opt/ml/model/code", **environment: str) -> dict:
    """Return the container of a model that inference.py serves, as SDK 2 asks for it."""
    return {
        "Image": jobs.image_uri(),
        "ModelDataUrl": data_url,
        "Environment": {
            "SAGEMAKER_PROGRAM": "inference.py",
            "SAGEMAKER_SUBMIT_DIRECTORY": code_url,
            **environment,
        },
    }


def create_model(sagemaker, container: dict) -> str:
    """Create a model of a container; return its name."""
    name = jobs.new_name("script-model")
    sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=jobs.ROLE)
    return name


def read_member(archive: bytes, name: str) -> bytes:
    """Return the content of a file in an archive."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return tar.extractfile(name).read()
