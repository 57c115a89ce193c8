#!/usr/bin/env bash
# Versions: uvloop 0.23.0 (Python 3.11.7).
# Behaviour: a loop of uvloop that has handled SIGTERM by add_signal_handler leaves its handler
# behind when it is closed. So the process ignores SIGTERM from then on: nothing runs, and the
# default action, to end the process, is gone. asyncio's loop gives the default back at close().
# signal.signal(SIGTERM, SIG_DFL) after close() gives it back with both.
# Output seen on 2026-11-28 (the exit code of a process that sends SIGTERM to itself after close()):
#   asyncio: ended by SIGTERM
#   uvloop: went on after SIGTERM
#   uvloop, default set again: ended by SIGTERM
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/python" -m pip install --quiet uv==0.13.9
"$folder/env/bin/uv" pip install --quiet --python "$folder/env/bin/python" uvloop==0.23.0
expected='asyncio: ended by SIGTERM
uvloop: went on after SIGTERM
uvloop, default set again: ended by SIGTERM'
cat > "$folder/terminate.py" <<'PYTHON'
import asyncio
import os
import signal
import sys

import uvloop

library, sets_default = sys.argv[1:]
loop = {"asyncio": asyncio, "uvloop": uvloop}[library].new_event_loop()
loop.add_signal_handler(signal.SIGTERM, print, "handled")
loop.run_until_complete(asyncio.sleep(0))
loop.close()
if sets_default == "yes":
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
os.kill(os.getpid(), signal.SIGTERM)
PYTHON
got=$("$folder/env/bin/python" - "$folder/terminate.py" <<'PYTHON'
import signal
import subprocess
import sys

for title, library, sets_default in (
    ("asyncio", "asyncio", "no"),
    ("uvloop", "uvloop", "no"),
    ("uvloop, default set again", "uvloop", "yes"),
):
    done = subprocess.run([sys.executable, sys.argv[1], library, sets_default])
    ends = {-signal.SIGTERM: "ended by SIGTERM", 0: "went on after SIGTERM"}
    print(f"{title}: {ends.get(done.returncode, done.returncode)}")
PYTHON
)
if [ "$got" != "$expected" ]; then
  printf 'FAIL: the behaviour has changed\nexpected:\n%s\ngot:\n%s\n' "$expected" "$got" >&2
  exit 1
fi
echo "PASS: as described"
