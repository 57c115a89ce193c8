"""AWS's PyTorch images, as the rest of the Local SageMaker sees them: they run scripts only.

AWS has one repository for training and one for inference, whose newest version is older; one
environment stands for both. The registry account of each Region (`registries.json`) and the tags
are those that the SageMaker Python SDK ships in `image_uri_config/pytorch.json`.
"""

from pathlib import Path

from helpers.local.containers.contract import Framework
from helpers.local.containers.toolkit import script_image

TAGS = {  # repository: {tag: version}; the SDK writes `2.10` or `2.10.0` as it was asked
    "pytorch-inference": {
        "2.6.0-gpu-py312": "2.6.0",
        "2.6.0-cpu-py312": "2.6.0",
        "2.6-gpu-py312": "2.6.0",
        "2.6-cpu-py312": "2.6.0",
    },
    "pytorch-training": {
        "2.10.0-gpu-py313": "2.10.0",
        "2.10.0-cpu-py313": "2.10.0",
        "2.10-gpu-py313": "2.10.0",
        "2.10-cpu-py313": "2.10.0",
    },
}

CONTAINER = script_image.container(
    Framework(
        name="pytorch-2.10",
        python="3.11",
        requirements=Path(__file__).with_name("requirements.txt"),
        package="torch",
        default_program="inference.py",
        on_aws="torch 2.10.0 for training and torch 2.6.0 for inference",
        # By this the toolkit runs a script as AWS's image does: by torchrun if the job asks for it,
        # and with the script's error in output/failure.
        # Source: the Dockerfiles of pytorch/training in aws/deep-learning-containers.
        toolkit_variables=(
            ("SAGEMAKER_TRAINING_MODULE", "sagemaker_pytorch_container.training:main"),
        ),
    ),
    TAGS,
    Path(__file__).with_name("registries.json"),
)
