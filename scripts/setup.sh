#!/bin/sh
# The set-up step that every `make` target shares: finds a Python, then hands over to setup.py.
# Does nothing, and needs no network, when the environment in .venv/ is as this checkout wants it.
# Runs in any POSIX shell, so that it can explain a missing or old Python to people who have one.
#
#   sh scripts/setup.sh                    (what `make setup` calls; works without make)
#   PYTHON=/opt/python3.12 sh scripts/setup.sh
set -u
cd "$(dirname "$0")/.." || exit 1

# -I and -S: answers in a few hundredths of a second, whatever the user's environment holds.
if [ -z "${PYTHON:-}" ] && [ -x .venv/bin/python ] &&
    .venv/bin/python -I -S scripts/setup.py --check 2>/dev/null; then
    exit 0
fi

# What a Python needs: version 3.11 to 3.13, and the modules that make an environment.
# Prints nothing when all is well, else the reason.
problem_of() {
    command -v "$1" >/dev/null 2>&1 || { echo "not found"; return; }
    "$1" -c 'import sys
v = sys.version_info
if not (3, 11) <= v[:2] <= (3, 13):
    print("is %d.%d.%d: too %s" % (v[0], v[1], v[2], "old" if v[:2] < (3, 11) else "new"))
else:
    try:
        import ensurepip, venv
    except ImportError:
        print("is %d.%d.%d, without its venv module" % v[:3])' 2>/dev/null || echo "does not run"
}

tell_ways_out() {
    echo "Ways out (any one, then repeat the command):"
    case $(uname -s) in
    Darwin)
        echo "  - brew install python@3.12, then: make setup PYTHON=\"\$(brew --prefix)/bin/python3.12\""
        ;;
    MINGW* | MSYS* | CYGWIN*)
        echo "  - This is a Windows shell. Install WSL2 (wsl --install) and work in its Linux shell."
        ;;
    *)
        echo "  - Debian, Ubuntu:              sudo apt install python3 python3-venv"
        echo "    (if that one is too old:     sudo apt install python3.12 python3.12-venv)"
        echo "  - Fedora, Amazon Linux 2023:   sudo dnf install python3.12"
        ;;
    esac
    echo "  - conda create -n python312 python=3.12, then: conda activate python312"
    echo "  - A Python elsewhere on this machine: make setup PYTHON=/path/to/python3.12"
}

if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON" # the user named one: take no other
else
    set -- python3 python3.13 python3.12 python3.11
fi
report=
for candidate; do
    problem=$(problem_of "$candidate")
    if [ -z "$problem" ]; then
        command -v git >/dev/null 2>&1 || echo "Note: git is missing. The lessons run without it." >&2
        exec "$candidate" -I scripts/setup.py
    fi
    report="$report  - $candidate $problem
"
done
{
    echo "No Python that fits: this course needs Python 3.11, 3.12 or 3.13 with its venv module."
    echo "Tried:"
    printf '%s' "$report"
    tell_ways_out
} >&2
exit 1
