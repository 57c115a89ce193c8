#!/bin/sh
# `make clean`: removes what can be created again. With --home (`make reset`), also removes what the
# learner made on the Local SageMaker (objects, jobs, models), after asking.
# --yes or YES=1 answers the question, for scripts.
set -u
cd "$(dirname "$0")/.." || exit 1

remove_home=
for argument; do
    case $argument in
    --home) remove_home=1 ;;
    --yes) YES=1 ;;
    *) echo "usage: sh scripts/clean.sh [--home] [--yes]" >&2 && exit 2 ;;
    esac
done

home=${SAGEMAKER_LOCAL_HOME:-.sagemaker}
if [ -n "$remove_home" ] && [ -d "$home" ]; then
    if [ ! -f "$home/id" ] || [ ! -f "$home/credentials.json" ]; then
        echo "$home is not the home folder of a Local SageMaker (it has no id file): nothing removed." >&2
        exit 1
    fi
    if [ -z "${YES:-}" ]; then
        echo "This removes $home ($(du -sh "$home" | cut -f1)): all objects, jobs, models and logs."
        printf 'Type yes to continue: '
        read -r answer || answer=
        [ "$answer" = yes ] || { echo "Nothing removed."; exit 1; }
    fi
fi

# Stop the server first, as it runs in the environment to be removed. If that is incomplete, any
# Python will do, because stopping the server needs no packages.
if [ -d "$home" ]; then
    .venv/bin/python -m helpers local stop 2>/dev/null || python3 -m helpers local stop || {
        echo "Could not stop the Local SageMaker (see above)." >&2
        [ -z "$remove_home" ] || exit 1
    }
fi
if [ -n "$remove_home" ]; then
    rm -rf "$home"
    echo "Removed $home."
fi
rm -rf .venv .setup.lock .pytest_cache .ruff_cache .hypothesis "Start Here.md"
find . -name .git -prune -o -path ./.sagemaker -prune -o \
    \( -name __pycache__ -o -name .ipynb_checkpoints \) -type d -prune -exec rm -rf {} +
