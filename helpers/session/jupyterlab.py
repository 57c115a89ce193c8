"""JupyterLab as ``python -m jupyterlab`` starts it, in half the time.

The other half is the import of a parser that it never uses: see `sdk_imports`.
"""

import sys

from helpers.session import sdk_imports


def main() -> int:
    """Run JupyterLab with the arguments of the command line."""
    sdk_imports.prepare_imports()
    from jupyterlab.labapp import main

    return main()


if __name__ == "__main__":
    sys.exit(main())
