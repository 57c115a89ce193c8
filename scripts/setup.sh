#!/bin/sh
# The set-up step that every `make` target shares: finds a Python, then runs setup.py with it.
# Works without make and in any POSIX shell:  PYTHON=/opt/python3.12 sh scripts/setup.sh
set -u
cd "$(dirname "$0")/.." || exit 1

# Nothing to do? -I and -S: answers in about 0.1 s, whatever the user's own environment contains.
[ -z "${PYTHON:-}" ] && .venv/bin/python -IS scripts/setup.py --check "" >/dev/null 2>&1 && exit 0

problem_of() { # prints why a Python can't be used, or nothing
    command -v "$1" >/dev/null 2>&1 || { echo "not found"; return; }
    "$1" -c 'import sys
version = "is %d.%d.%d" % sys.version_info[:3]
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    print(version + (": too old" if sys.version_info[:2] < (3, 11) else ": too new"))
elif sys.platform == "win32": print(version + ", for Windows")
else:
    try: import ensurepip, venv
    except ImportError: print(version + ", without its venv module")' 2>/dev/null || echo "does not run"
}

command -v git >/dev/null 2>&1 || echo "Note: git is missing. The lessons run without it." >&2
if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else set -- python3 python3.13 python3.12 python3.11; fi
for candidate; do
    problem=$(problem_of "$candidate")
    [ -n "$problem" ] || exec "$candidate" -I scripts/setup.py
    tried="${tried:+$tried; }$candidate $problem"
done
cat >&2 <<END
No suitable Python: this course needs Python 3.11, 3.12 or 3.13 with its venv module.
Tried: $tried. What you can do (choose one, then repeat the command):
  - Debian, Ubuntu: sudo apt install python3 python3-venv (too old: python3.12 python3.12-venv)
  - Fedora, Amazon Linux 2023: sudo dnf install python3.12
  - macOS: brew install python@3.12, then make setup PYTHON="\$(brew --prefix)/bin/python3.12"
  - Windows: install WSL2 (wsl --install), and clone the course in its Linux shell
  - conda: conda create -n python312 python=3.12, then conda activate python312
  - with a Python elsewhere on this machine: make setup PYTHON=/path/to/python3.12
END
exit 1
