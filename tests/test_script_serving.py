"""Where the script is that serves a model."""

import pytest
from support import pytorch_image

from helpers.local.containers import registry
from helpers.local.containers.contract import Framework
from helpers.local.runtime import script_serving

MISSING = {"SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}


def _framework(uri: str) -> Framework:
    image = registry.resolve(uri, "us-east-1")
    return registry.container_of(image).framework(image)


def test_a_folder_that_the_artifact_lacks_is_not_an_error_for_pytorch(tmp_path):
    """The toolkit in PyTorch's image then serves the model by its default functions."""
    framework = _framework(pytorch_image.INFERENCE_IMAGE)
    code = script_serving._code_folder(framework, tmp_path, MISSING)
    assert code == tmp_path / "model/code"


def test_a_folder_that_the_artifact_lacks_is_an_error_for_scikit_learn(tmp_path):
    """Its container imports the script when it starts."""
    framework = _framework(
        "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
    )
    with pytest.raises(script_serving.ScriptError, match="no folder /opt/ml/model/code"):
        script_serving._code_folder(framework, tmp_path, MISSING)
