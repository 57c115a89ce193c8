"""`aws` in JupyterLab's terminal: the AWS CLI, against the SageMaker that the lessons use.

    python -m helpers.session.aws_cli sagemaker list-training-jobs

On the Local SageMaker, which is started if it is not running, unless AWS was chosen by the rule of
``connect()``: credentials on the machine never make it reach AWS. Only the commands that set up
those credentials run as they are.
"""

import os
import sys
from pathlib import Path

from helpers.session import backend
from helpers.session.connection import ConnectError, use_local

CREDENTIAL_COMMANDS = {"configure", "login", "logout", "sso"}


def main() -> None:
    """Become the AWS CLI of this environment, with the arguments of this process."""
    program = Path(sys.executable).with_name("aws")
    try:
        is_local = backend.choose().backend == "local"
        if is_local and not CREDENTIAL_COMMANDS.intersection(sys.argv[1:2]):
            use_local()
    except (ValueError, ConnectError) as error:
        sys.exit(f"aws was not run. {error}")
    os.execv(program, [str(program), *sys.argv[1:]])


if __name__ == "__main__":
    main()
