"""A training job's folder, /opt/ml as the runtime makes it, for tests of built-in algorithms."""

import json
from collections.abc import Mapping
from pathlib import Path

Files = str | bytes | Mapping[str, str | bytes]


class JobFolder:
    """The input and the output of a training job.

    Parameters
    ----------
    opt_ml
        The folder.
    channels
        Name to the content of its one file, or to its files by relative path.
    content_type, mode
        Of all channels; without a content type their configuration has none.
    hyperparameters
        Those that are None are left out.
    """

    def __init__(
        self,
        opt_ml: Path,
        channels: Mapping[str, Files],
        content_type: str | None,
        mode: str,
        hyperparameters: Mapping[str, object],
    ):
        self.opt_ml = opt_ml
        configs = {}
        for name, files in channels.items():
            folder = opt_ml / "input/data" / name
            folder.mkdir(parents=True, exist_ok=True)
            for path, content in (
                files if isinstance(files, Mapping) else {"part-00000": files}
            ).items():
                file = folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content if isinstance(content, bytes) else content.encode())
            configs[name] = {
                "TrainingInputMode": mode,
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
            }
            if content_type is not None:
                configs[name]["ContentType"] = content_type
        texts = {name: str(v) for name, v in hyperparameters.items() if v is not None}
        self.configure("hyperparameters", texts)
        self.configure("inputdataconfig", configs)

    def configure(self, name: str, content: object) -> None:
        """Write a file of input/config."""
        path = self.opt_ml / "input/config" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))

    @property
    def failure(self) -> str:
        return (self.opt_ml / "output/failure").read_text()
