"""Pass pip's settings, in which a mirror or a folder of wheels may be named, on to uv.

scripts/setup.py runs this file before any package is installed: it needs Python's library alone.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

# Settings of pip, and the variables in which uv expects them.
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "trusted-host": "UV_INSECURE_HOST",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
}
PIP_SETTING = re.compile(r"""(?:global|install|:env:)\.([\w-]+)=['"](.*)['"]""")


def for_uv(python: str | Path) -> tuple[dict[str, str], list[str]]:
    """Return uv's environment variables and options for the settings of a Python's pip.

    uv doesn't read them itself. The variables are this process's too; those of uv's own take
    precedence.
    """
    pip = _read(python)
    only_folders = pip.get("no-index", "0").lower() in ("1", "true", "yes", "on")
    # As pip does, take the best version of all indexes; the locks' hashes are checked.
    variables = {"UV_INDEX_STRATEGY": "unsafe-best-match"} | os.environ
    for name, variable in PIP_TO_UV.items():
        values = _values(pip, name)
        if values and not (only_folders and name.endswith("index-url")):
            separator = "," if name == "find-links" else " "
            variables.setdefault(variable, separator.join(values))
    return variables, ["--no-index"] if only_folders else []  # for which uv has no variable


def _read(python: str | Path) -> dict[str, str]:
    command = [python, "-m", "pip", "config", "list"]
    lines = subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
    lines.sort(key=lambda line: line.startswith(":env:"))  # variables win over configuration
    return dict(match.groups() for line in lines if (match := PIP_SETTING.fullmatch(line)))


def _values(pip: Mapping[str, str], name: str) -> list[str]:
    values = pip.get(name, "").replace(r"\n", " ").split()
    if name == "extra-index-url":  # pip ignores a folder that is missing, uv would stop
        values = [url for url in values if not _is_missing_folder(url)]
    return values


def _is_missing_folder(url: str) -> bool:
    return url.startswith("file://") and not Path(url.removeprefix("file://")).is_dir()
