#!/usr/bin/env bash
# Versions: pytest 9.2.0 and, for comparison, 9.1.1, pytest-xdist 3.8.0 (Python 3.11.7).
# Behaviour: under pytest 9.2.0, --dist loadgroup takes no notice of xdist_group: tests of one group
# are spread over all workers, without a warning. Tests that share something which exists once (a
# port, a file, an expensive fixture) then race, or set it up once for each worker.
# See pytest-dev/pytest-xdist, issue 1386.
# Output seen on 2026-11-28:
#   pytest 9.1.1: 1 worker ran the 20 tests of one group
#   pytest 9.2.0: 2 workers ran the 20 tests of one group
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet uv==0.13.9
"$folder/env/bin/uv" pip install --quiet --python "$folder/env/bin/python" \
  pytest==9.1.1 pytest-xdist==3.8.0
cat > "$folder/test_group.py" <<'PYTHON'
import os
import pathlib
import time

import pytest


@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(20))
def test_worker(number, worker_id):
    time.sleep(0.05)
    pathlib.Path(os.environ["SEEN"], worker_id).touch()
PYTHON
workers() {
  mkdir "$folder/$1"
  (cd "$folder" && TMPDIR="$folder" SEEN="$folder/$1" "$folder/env/bin/python" -m pytest -q -n 2 \
    --dist loadgroup -p no:cacheprovider test_group.py) > "$folder/$1.log" 2>&1 ||
    { cat "$folder/$1.log" >&2; return 1; }
  ls "$folder/$1" | wc -l | tr -d ' '
}
expected='pytest 9.1.1: 1 worker ran the 20 tests of one group
pytest 9.2.0: 2 workers ran the 20 tests of one group'
before=$(workers 9.1.1)
"$folder/env/bin/uv" pip install --quiet --python "$folder/env/bin/python" pytest==9.2.0
after=$(workers 9.2.0)
got="pytest 9.1.1: $before worker ran the 20 tests of one group
pytest 9.2.0: $after workers ran the 20 tests of one group"
if [ "$got" != "$expected" ]; then
  printf 'FAIL: the behaviour has changed\nexpected:\n%s\ngot:\n%s\n' "$expected" "$got" >&2
  exit 1
fi
echo "PASS: as described"
