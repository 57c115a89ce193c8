# What JupyterLab's terminal reads at its start: the course's environment comes first on PATH, so
# that `python -m helpers ...` works from any folder, and `aws` goes where the lessons go.
if [ -f ~/.bashrc ]; then . ~/.bashrc; fi
export BASH_SILENCE_DEPRECATION_WARNING=1 # macOS: "the default interactive shell is now zsh"
. "$(dirname "${BASH_SOURCE[0]}")/../../bin/activate"

# On the Local SageMaker, unless AWS was chosen as for the lessons (SAGEMAKER_COURSE_BACKEND=aws).
aws() { "$VIRTUAL_ENV/bin/python" -m helpers.session.aws_cli "$@"; }
export -f aws
