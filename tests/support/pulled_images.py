"""Framework images with AWS's own toolkits: from this machine if they were pulled, else pulled."""

import os
import subprocess
import sys
from pathlib import Path

from helpers.home import home_folder
from helpers.local.containers import registry
from helpers.local.containers.contract import Framework
from helpers.local.home import Home
from helpers.local.process import Endpoint
from helpers.local.runtime import images
from support import jobs, pytorch_image

LEARNERS_HOME = Home(home_folder())  # read before a fixture names another one
URIS = {
    "xgboost": jobs.image_uri(),
    "sklearn": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
    "pytorch": pytorch_image.TRAINING_IMAGE,
}
# Two processes on this machine, without SageMaker
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2")


def framework(name: str) -> Framework:
    """Return what runs the scripts of an image of URIS."""
    image = registry.resolve(URIS[name], "us-east-1")
    return registry.container_of(image).framework(image)


def provide(home: Path) -> None:
    """Give a new home folder all images of URIS."""
    (home / "images").mkdir(mode=0o700)
    for name in URIS:
        wanted = framework(name)
        existing = images.pulled(LEARNERS_HOME, wanted)
        if existing and images.is_current(wanted, existing):
            (home / "images" / wanted.name).symlink_to(images.folder(LEARNERS_HOME, wanted))
        else:
            command = [sys.executable, "-m", "helpers", "local", "pull", wanted.name]
            environment = os.environ | {"SAGEMAKER_LOCAL_HOME": str(home)}
            subprocess.run(command, env=environment, check=True)


def python(server: Endpoint, name: str) -> Path:
    """Return the Python of an image."""
    return images.interpreter(Home(Path(server.home)), framework(name))
