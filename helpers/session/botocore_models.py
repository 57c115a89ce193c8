"""Parse botocore's model of SageMaker once in a process, not once in each session.

botocore keeps the service models that it has parsed in the ``Loader`` of a session, and the
SageMaker SDK (3.27) makes a session for nearly everything that it does. The first lesson parsed the
model of SageMaker, 2.6 MB of JSON, five times.

``Loader.FILE_LOADER_CLASS`` names the class that reads the files (botocore 1.44). It is replaced by
a subclass that keeps this one model. ``tests/test_botocore_models.py`` checks that botocore does
not change it. Others are not shared: botocore changes the model of S3 when a client makes a
request, and the list of endpoints when it resolves one.
"""

from __future__ import annotations

import os
from typing import Any


def share() -> None:
    """Share the parsed model of SageMaker between all sessions that are made from now on.

    Only the one that botocore brings: a model in ``~/.aws/models`` can change while a kernel runs.
    A second call changes nothing, and a botocore that reads its files in another way is left alone.
    """
    from botocore.loaders import Loader

    reader = getattr(Loader, "FILE_LOADER_CLASS", None)
    if hasattr(reader, "load_file") and not hasattr(reader, "shared"):
        folder = os.path.join(Loader.BUILTIN_DATA_PATH, "sagemaker", "")
        Loader.FILE_LOADER_CLASS = _sharing(reader, folder)


def _sharing(reader: type, folder: str) -> type:
    """Return a subclass of botocore's file reader that reads a service model in `folder` once."""

    def is_shared(path: str) -> bool:
        return path.startswith(folder) and os.path.basename(path) == "service-2"

    class SharedFileLoader(reader):
        shared: dict[str, Any] = {}  # noqa: RUF012 (one for all readers, on purpose)

        def load_file(self, file_path: str) -> Any:
            """Return the content of a JSON file, named without its ending, or None."""
            if file_path in self.shared:
                return self.shared[file_path]
            content = super().load_file(file_path)
            if content is not None and is_shared(file_path):
                self.shared[file_path] = content
            return content

    return SharedFileLoader
