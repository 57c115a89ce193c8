"""Containers as processes: their output, their exit codes, and that no process is left."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from support.polling import eventually, gone

from helpers.local.containers.contract import Command, PythonFunction
from helpers.local.runtime import processes
from helpers.local.runtime.processes import ContainerProcess

pytestmark = pytest.mark.usefixtures("forkserver")


def start(name, *args, on_lines=None):
    lines = []
    process = ContainerProcess(
        PythonFunction(f"support.container_entries:{name}", args), on_lines or lines.extend
    )
    return process, lines


def pids(folder):
    eventually((folder / "pids").exists)
    return [int(word) for word in (folder / "pids").read_text().split()]


def test_forkserver_keeps_to_its_folder(forkserver):
    """The forkserver's socket is in the server's folder, so that nothing is left in TMPDIR."""
    assert list(forkserver.glob("listener-*"))


def test_lines_of_everyone_in_their_order():
    """Lines of Python, descriptors and children are read, also without UTF-8 or a newline."""
    process, lines = start("speak")
    assert process.wait() == 0
    assert lines == [
        "from\tPython",
        "from os.write",
        "\ufffd and no UTF-8",
        "to stderr",
        "from a child",
        "no newline",
    ]


def test_many_lines():
    """More lines than a pipe can buffer are read."""
    process, lines = start("chatters", 50_000)
    assert process.wait() == 0
    assert lines == [str(number) for number in range(50_000)]


def test_gathering_ends_with_the_process():
    """Lines are not gathered any longer when the process has ended."""
    entry = PythonFunction("support.container_entries:chatters", (1,))
    begun = time.monotonic()
    assert ContainerProcess(entry, lambda line: None, gather_seconds=20).wait() == 0
    assert time.monotonic() - begun < 10


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can make a pipe larger")
def test_a_process_that_writes_much_does_not_wait_for_its_reader():
    """While lines are gathered, a process may write hundreds of kilobytes."""
    lines, begun = [], time.monotonic()
    entry = PythonFunction("support.container_entries:chatters", (50_000,))
    assert ContainerProcess(entry, lines.extend, gather_seconds=40).wait() == 0
    assert len(lines) == 50_000
    assert time.monotonic() - begun < 30


def test_lines_are_gathered():
    """Lines that are written one by one are read together."""
    batches = []
    entry = PythonFunction("support.container_entries:counts_slowly", (20,))
    ContainerProcess(entry, batches.append, gather_seconds=5).wait()
    assert [line for lines in batches for line in lines] == [str(n) for n in range(20)]
    assert len(batches) < 10


@pytest.mark.parametrize(
    ("name", "argument", "code", "said"),
    [
        ("returns", 3, 3, None),
        ("exits", 4, 4, None),
        ("exits", None, 0, None),
        ("exits", "a text", 1, "a text"),
        ("killed", signal.SIGKILL, -9, None),
        ("killed", signal.SIGSEGV, -11, None),
        ("closes_its_output", "", 5, None),
    ],
)
def test_exit_codes(name, argument, code, said):
    """Exit codes are those of a shell, and negative for a signal."""
    process, lines = start(name, argument)
    assert process.wait() == code
    assert not process.running()
    assert lines == ([said] if said else [])


def test_exception_is_printed():
    """An exception's traceback is in the log, and the exit code is 1."""
    process, lines = start("raises")
    assert process.wait() == 1
    assert lines[0].startswith("Traceback")
    assert lines[-1] == "ValueError: what went wrong"


def test_exit_codes_of_many_at_once(monkeypatch):
    """Threads that start and end processes at the same time each get their own code.

    The reading of a code is slowed down, so that they would get into each other's way.
    """
    codes, read = {}, processes.forkserver.read_signed

    def slow(descriptor):
        time.sleep(0.005)
        return read(descriptor)

    monkeypatch.setattr(processes.forkserver, "read_signed", slow)

    def run(thread):
        for number in range(thread, 100, 10):
            codes[number] = start("returns", number)[0].wait()

    threads = [threading.Thread(target=run, args=[thread]) for thread in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == {number: number for number in range(100)}


def test_terminate_asks(tmp_path):
    """A container that handles SIGTERM determines its own exit code."""
    process, lines = start("saves_when_asked", str(tmp_path))
    waiting = threading.Thread(target=process.wait)
    waiting.start()
    eventually(lambda: lines == ["ready"])
    process.terminate()
    waiting.join()
    assert lines == ["ready", "saved"]


@pytest.mark.parametrize(("way", "code"), [("terminate", -15), ("kill", -9)])
def test_the_whole_group_ends(way, code, tmp_path):
    """SIGTERM and SIGKILL end the process and its child."""
    process, _ = start("sleeps", str(tmp_path))
    mine = pids(tmp_path)
    assert process.running()
    getattr(process, way)()
    assert process.wait() == code
    eventually(lambda: all(map(gone, mine)))


def test_signal_right_after_the_start_is_not_lost():
    """A signal sent before the process has its own group reaches no other process."""
    for _ in range(10):
        process, _ = start("killed", 0)  # sleeps
        process.terminate()
        assert process.wait() == -15


def test_child_that_is_left_behind_ends(tmp_path):
    """As in a container, all children end with the first process, and nobody waits for them."""
    process, _ = start("leaves_a_child", str(tmp_path))
    codes = []
    threading.Thread(target=lambda: codes.append(process.wait()), daemon=True).start()
    eventually(lambda: codes == [7])
    eventually(lambda: all(map(gone, pids(tmp_path))))


def test_no_signal_after_the_end(monkeypatch):
    """After its end no signal is sent to a process, as its number may be reused."""
    process, _ = start("returns", 0)
    process.wait()
    monkeypatch.setattr(os, "killpg", pytest.fail)
    monkeypatch.setattr(os, "kill", pytest.fail)
    process.terminate()
    process.kill()


def test_line_that_cannot_be_stored_ends_the_container(tmp_path):
    """If a line can't be stored, wait() raises the error, and no process is left."""

    def no_space(line):
        raise OSError(28, "No space left on device")

    process, _ = start("sleeps", str(tmp_path), on_lines=no_space)
    with pytest.raises(OSError, match="No space"):
        process.wait()
    eventually(lambda: all(map(gone, pids(tmp_path))))


def test_forkserver_that_died_is_replaced():
    """If the forkserver was killed (for memory, say) the next job still starts."""
    server = processes.forkserver._forkserver._forkserver_pid
    os.kill(server, signal.SIGKILL)
    eventually(lambda: gone(server))
    process, _ = start("returns", 3)
    assert process.wait() == 3


SERVER = """
import sys
from pathlib import Path
from helpers.local.containers.contract import PythonFunction
from helpers.local.runtime import processes
processes.start_forkserver(Path(sys.argv[2]), [])
sys.modules["__main__"].__spec__ = None
process = processes.ContainerProcess(
    PythonFunction("support.container_entries:sleeps", (sys.argv[1],)), print
)
print(processes.forkserver._forkserver._forkserver_pid, flush=True)
process.wait()
"""


def command(code, tmp_path, **environment):
    """Return a process of this Python that runs code in a folder with an environment."""
    lines = []
    entry = Command((sys.executable, "-c", code), environment, tmp_path)
    return ContainerProcess(entry, lines.extend), lines


def test_a_command_has_its_own_interpreter_environment_and_folder(tmp_path):
    """Nothing of the server's environment reaches the command; its exit code is returned."""
    code = "import os, sys; print(os.environ, os.getcwd(), 'xgboost' in sys.modules); sys.exit(3)"
    process, lines = command(code, tmp_path, GREETING="hello", LC_CTYPE="C.UTF-8")
    assert process.wait() == 3
    shown = {"GREETING": "hello", "LC_CTYPE": "C.UTF-8"}
    assert lines == [f"environ({shown}) {tmp_path} False"]


def test_a_command_gets_sigterm(tmp_path):
    """A command that gets SIGTERM can clean up, and its own exit code is returned."""
    code = "import signal, sys, time\nsignal.signal(15, lambda *_: sys.exit(5))\n"
    code += "print('ready', flush=True)\nwhile True: time.sleep(0.01)"
    process, lines = command(code, tmp_path)
    codes = []
    threading.Thread(target=lambda: codes.append(process.wait()), daemon=True).start()
    eventually(lambda: lines == ["ready"])
    process.terminate()
    eventually(lambda: codes == [5])


DAEMON = """
import subprocess, sys, time
from pathlib import Path
daemon = subprocess.Popen(["sleep", "60"], start_new_session=True)
Path("pids.new").write_text(str(daemon.pid))
Path("pids.new").rename("pids")
if "ends" in sys.argv:
    sys.exit(7)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: elsewhere they stay")
@pytest.mark.parametrize(
    ("way", "code"), [("ends", 7), ("terminate", 143), ("kill", -9), ("server", None)]
)
def test_a_daemon_of_a_command_ends_with_it(tmp_path, short_path, checkout, way, code):
    """A process with a session of its own ends with its command, however that ends."""
    entry = Command((sys.executable, "-c", DAEMON, way), dict(os.environ), tmp_path)
    if way == "server":
        program = SERVER.replace("import PythonFunction", "import Command").replace(
            'PythonFunction("support.container_entries:sleeps", (sys.argv[1],))', repr(entry)
        )
        arguments = [sys.executable, "-c", "from pathlib import PosixPath\n" + program]
        environment = {**os.environ, "PYTHONPATH": f"{checkout / 'tests'}:{checkout}"}
        with subprocess.Popen([*arguments, "", str(short_path)], env=environment) as server:
            [daemon] = pids(tmp_path)
            server.kill()
    else:
        process = ContainerProcess(entry, print)
        [daemon] = pids(tmp_path)
        if way != "ends":
            getattr(process, way)()
        codes = []
        threading.Thread(target=lambda: codes.append(process.wait()), daemon=True).start()
        eventually(lambda: codes == [code])
    eventually(lambda: gone(daemon))


def test_everything_dies_with_the_server(tmp_path, short_path, checkout):
    """After kill -9 of the server, the job, its child and the forkserver end soon."""
    command = [sys.executable, "-c", SERVER, str(tmp_path), str(short_path)]
    environment = {**os.environ, "PYTHONPATH": f"{checkout / 'tests'}:{checkout}"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as server:
        left = [int(server.stdout.readline()), *pids(tmp_path)]
        assert not any(map(gone, left))
        server.kill()
        eventually(lambda: all(map(gone, left)))
