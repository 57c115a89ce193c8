"""AWS's scikit-learn image, as the rest of the Local SageMaker sees it: it runs scripts only.

The registry account of each Region (`registries.json`) and the tag are those that the SageMaker
Python SDK ships in `image_uri_config/sklearn.json`.
"""

from pathlib import Path

from helpers.local.containers.contract import Framework
from helpers.local.containers.toolkit import script_image

TAGS = {"sagemaker-scikit-learn": {"1.9-0-cpu-py3": "1.9-0"}}  # repository: {tag: version}

CONTAINER = script_image.container(
    Framework(
        name="scikit-learn-1.9-0",
        python="3.11",
        requirements=Path(__file__).with_name("requirements.txt"),
        package="scikit-learn",
        common_packages=("sagemaker_containers",),
    ),
    TAGS,
    Path(__file__).with_name("registries.json"),
)
