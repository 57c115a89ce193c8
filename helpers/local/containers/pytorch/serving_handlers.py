"""What PyTorch's container does where the user's module has no function for it.

It runs in the Python of the image. Source: aws/sagemaker-pytorch-inference-toolkit,
`default_pytorch_inference_handler.py`.
"""

from pathlib import Path
from typing import Any

import torch
from local_model_server.inference_toolkit import ToolkitService
from sagemaker_inference import content_types, decoder, encoder, errors, utils
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler

MODEL_FILE = "model.pt"


class ModelLoadError(Exception):
    """The file is not a model that torch.jit can load."""


class PyTorchHandler(DefaultInferenceHandler):
    """The container's default functions, on the GPU if there is one."""

    def default_model_fn(self, model_dir: str, context: Any = None) -> Any:
        """Load the TorchScript model `model.pt`, or the only .pt or .pth file."""
        path = Path(model_dir) / MODEL_FILE
        if not path.exists():
            files = [file for file in Path(model_dir).iterdir() if file.suffix in (".pt", ".pth")]
            if len(files) != 1:
                names = [file.name for file in files]
                raise ValueError(
                    f"Exactly one .pth or .pt file is required for PyTorch models: {names}"
                )
            path = files[0]
        try:
            return torch.jit.load(str(path), map_location=_device()).to(_device())
        except RuntimeError as error:
            raise ModelLoadError(
                f"Failed to load {path}. Please ensure model is saved using torchscript."
            ) from error

    def default_input_fn(self, data: Any, content_type: str, context: Any = None) -> torch.Tensor:
        """Return a tensor of JSON, CSV, NPY or NPZ; of text in 32 bits."""
        array = decoder.decode(data, content_type)
        is_text = content_type in content_types.UTF8_TYPES
        return (torch.FloatTensor(array) if is_text else torch.from_numpy(array)).to(_device())

    def default_predict_fn(self, data: torch.Tensor, model: Any, context: Any = None) -> Any:
        """Call the model without gradients."""
        with torch.no_grad():
            model = model.to(_device()).eval()
            return model(data.to(_device()))

    def default_output_fn(self, prediction: Any, accept: str, context: Any = None) -> Any:
        """Return JSON, CSV or NPY of a tensor, a list or an array."""
        if isinstance(prediction, torch.Tensor):
            prediction = prediction.detach().cpu().numpy().tolist()
        for content_type in utils.parse_accept(accept):
            if content_type in encoder.SUPPORTED_CONTENT_TYPES:
                return encoder.encode(prediction, content_type)
        raise errors.UnsupportedFormatError(accept)


def service(model_dir: Path) -> ToolkitService:
    """Load the model and return what answers with it."""
    return ToolkitService(model_dir, PyTorchHandler())


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
