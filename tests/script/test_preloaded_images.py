"""A script that is forked from its image's preloaded interpreter runs as in a new one."""

import json
import signal
import socket
import subprocess
import sys

import psutil
import pytest
from support import course_image, jobs
from support.course_image import framework
from support.mounts import needs_mounts
from support.polling import eventually, gone
from support.script_jobs import ScriptJobs
from support.servers import running

from helpers.local.containers.script.preloading import client
from helpers.local.home import Home
from helpers.local.runtime import preloaded_images

pytestmark = [
    needs_mounts,  # without, a job's paths are not those with which the modules were imported
    pytest.mark.skipif(
        not preloaded_images.is_enabled(), reason="scripts are forked on Linux only"
    ),
]
SHOW = """
import os, sys
forked = "xgboost" in sys.modules
import json, resource, tempfile, threading, types
import numpy
seen = {
    "argv": sys.argv, "name": __name__, "file": __file__, "cwd": os.getcwd(),
    "path": sys.path, "executable": sys.executable, "prefix": sys.prefix,
    "environment": {n: v for n, v in os.environ.items() if not n.startswith(VARYING)},
    "umask": os.umask(0), "limit": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    "processors": len(os.sched_getaffinity(0)), "input": sys.stdin.read(),
    "streams": [
        [stream.encoding, stream.errors, stream.name, stream.write_through, stream.line_buffering]
        for stream in (sys.stdin, sys.stdout, sys.stderr)
    ],
    "main": sys.modules["__main__"].__file__, "globals": sorted(globals()),
    "thread": threading.current_thread() is threading.main_thread(),
    "tmp": tempfile.gettempdir(), "fds": len(os.listdir("/proc/self/fd")),
    "host": os.uname().nodename, "uid": os.getuid(),
}
print("shown " + json.dumps([forked, float(numpy.random.rand()), seen]))
"""
# what a shell sets, what identifies the job, and what modules set
VARYING = ("_", "OLDPWD", "SHLVL", "TRAINING_JOB", "PWD", "KMP", "SAGEMAKER_LOCAL_HOSTS")
SHOW = SHOW.replace("VARYING", repr(VARYING))
ENDS = """
import atexit, os, sys, threading, time
forked = "xgboost" in sys.modules
atexit.register(lambda: print("at exit"))
def later():
    time.sleep(0.2)
    print("later")
print("forked", forked)
unclosed = open(os.environ["SM_MODEL_DIR"] + "/unclosed", "w")
unclosed.write("complete" * 1000)
class Freed:
    def __del__(self, write=os.write):
        write(1, b"freed\\n")
remaining, cyclic = Freed(), Freed()
cyclic.own = cyclic
del cyclic
threading.Thread(target=later).start()
"""
WAITS = """
import os, signal, sys, time
print("forked", "xgboost" in sys.modules)
def save(*_):
    with open("/opt/ml/model/saved", "w") as file:
        file.write("by SIGTERM")
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("ready", os.getpid())
open("begun", "w").close()
while True:
    time.sleep(0.01)
"""

WHO = "import os; print('parent', os.getppid())"


@pytest.fixture(scope="module")
def preloaded(script_jobs, script_home):
    """Return what runs script jobs, when the interpreter of their image has its modules."""
    script_jobs.run(script_jobs.request("python3", "-c", "pass"))
    path = preloaded_images.socket_path(Home(script_home), framework())
    eventually(path.exists)
    return script_jobs


def command_request(preloaded, code: str, command: str = "python3 train.py a b", **changes) -> dict:
    """Return a request that runs a script by a shell's command in its folder."""
    uri = preloaded.put(jobs.new_name("code"), {"train.py": code})
    request = preloaded.request(
        "/bin/sh", "-c", f"cd /opt/ml/input/data/code; {command}", **changes
    )
    request["InputDataConfig"].append(jobs.channel(uri, "code", None))
    return request


def shown(ended) -> list:
    (line,) = [line for line in ended.log if line.startswith("shown ")]
    return json.loads(line.removeprefix("shown "))


def test_the_first_jobs_of_an_image_may_start_together(tmp_path):
    """Jobs that start at the same time start one interpreter, and all of them run."""
    course_image.pull(tmp_path)
    with running(tmp_path) as endpoint:
        script_jobs = ScriptJobs(endpoint)
        ended = script_jobs.run_all([script_jobs.request("/bin/true") for _ in range(6)])
        children = psutil.Process(endpoint.pid).children()
        commands = [" ".join(child.cmdline()) for child in children]
    assert [each.status for each in ended] == ["Completed"] * 6
    assert sum("preloading/server.py" in command for command in commands) == 1


def test_a_request_that_is_cut_off_is_refused(preloaded, script_home):
    """A client whose request was cut off is refused, and starts a new interpreter itself."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(preloaded_images.socket_path(Home(script_home), framework())))
        connection.sendall((100).to_bytes(8, "big") + b"{")
        connection.shutdown(socket.SHUT_WR)
        assert json.loads(connection.recv(100)) == {"refused": True}


def test_a_fork_is_as_a_new_interpreter(preloaded):
    """Arguments, paths, variables, streams and limits are those of a new interpreter."""
    command = "umask 027; ulimit -n 200; echo text | {} train.py a 'b c'"
    forked, new = preloaded.run_all(
        [
            command_request(preloaded, SHOW, command.format(python))
            for python in ("python3", "python3 -B")
        ]
    )
    (is_forked, first, seen), (is_new_forked, _, expected) = shown(forked), shown(new)
    assert (is_forked, is_new_forked) == (True, False)
    assert seen == expected
    again = shown(preloaded.run(command_request(preloaded, SHOW)))
    assert again[1] != first, "random numbers must differ from fork to fork"


def test_a_fork_ends_as_an_interpreter_does(preloaded):
    """Threads are waited for, exit functions run, and what the script has made is freed."""
    ended = preloaded.run(preloaded.driver_request({"train.py": ENDS}))
    assert ended.status == "Completed", ended.log
    expected = ["forked True", "later", "at exit", "freed", "freed"]
    assert [line for line in ended.log if line in expected] == expected
    assert preloaded.model_files(ended) == {"unclosed": b"complete" * 1000}


@pytest.mark.parametrize(
    ("command", "environment"),
    [
        ("python3 -u train.py", {}),
        ("OMP_NUM_THREADS=3 python3 train.py", {}),
        ("python3 train.py", {"PYTHONHASHSEED": "1"}),
        ("python3 - < train.py", {}),
        ("python3 train.py 5< train.py", {}),
        ("touch $(python3 -c 'import site; print(site.getsitepackages()[0])')/own.py; "
         "python3 train.py", {}),
    ],
)  # fmt: skip
def test_what_a_fork_could_not_do_runs_in_a_new_interpreter(preloaded, command, environment):
    """Options, variables that modules read, open files and installed packages are respected."""
    code = "import sys; print('forked', 'xgboost' in sys.modules)"
    ended = preloaded.run(command_request(preloaded, code, command, Environment=environment))
    assert ended.log[-1] == "forked False", ended.log


@pytest.mark.parametrize("name", ["TERM", "KILL", "SEGV", "INT"])
def test_a_signal_ends_the_command_as_it_ended_the_fork(preloaded, name):
    """The shell sees the signal by which the script was ended."""
    number = getattr(signal, f"SIG{name}")
    code = f"import os, sys; print('xgboost' in sys.modules); os.kill(os.getpid(), {number})"
    ended = preloaded.run(command_request(preloaded, code, "python3 train.py; echo code $?"))
    assert ended.log[-1] == f"code {128 + number}"
    assert "True" in ended.log


def ready(preloaded, name: str) -> int:
    """Wait until a script says that it is ready; return its process id."""
    lines = []

    def is_ready() -> bool:
        lines[:] = [
            line
            for line in jobs.log_lines(preloaded.logs, "TrainingJobs", name)
            if line.startswith("ready")
        ]
        return bool(lines)

    eventually(is_ready)
    return int(lines[0].split()[1])


def test_a_stop_reaches_the_fork(preloaded):
    """StopTrainingJob sends SIGTERM to the script, which saves its model."""
    request = preloaded.driver_request({"train.py": WAITS})
    name = request["TrainingJobName"]
    preloaded.sagemaker.create_training_job(**request)
    process = psutil.Process(ready(preloaded, name))
    preloaded.sagemaker.stop_training_job(TrainingJobName=name)
    job = jobs.wait_for_training(preloaded.sagemaker, name)
    assert job["TrainingJobStatus"] == "Stopped"
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    key = f"output/{name}/output/model.tar.gz"
    assert preloaded.archive(key) == {"saved": b"by SIGTERM"}


def test_what_a_job_leaves_running_ends_with_it(preloaded):
    """A fork ends with the job whose command did not wait for it."""
    wait = "while [ ! -e begun ]; do sleep 0.01; done"
    request = command_request(preloaded, WAITS, f"python3 train.py & {wait}")
    ended = preloaded.run(request)
    (line,) = [line for line in ended.log if line.startswith("ready")]
    eventually(lambda: not psutil.pid_exists(int(line.split()[1])))


def test_the_ends_of_a_script_and_its_client_at_once(preloaded):
    """An interpreter that sees both at the same time, as on a busy machine, runs on."""
    request = preloaded.driver_request({"train.py": WAITS})
    name = request["TrainingJobName"]
    preloaded.sagemaker.create_training_job(**request)
    script = psutil.Process(ready(preloaded, name))
    interpreter = script.parent()
    (client,) = [
        process
        for process in psutil.Process(preloaded.endpoint.pid).children(recursive=True)
        if "preloading/client.py" in " ".join(process.cmdline()) and "train.py" in process.cmdline()
    ]
    interpreter.suspend()
    try:
        for process in (script, client):  # the second one's event is then about a closed file
            process.kill()
            eventually(lambda process=process: gone(process.pid))
    finally:
        interpreter.resume()
    jobs.wait_for_training(preloaded.sagemaker, name)
    (line,) = [
        line
        for line in preloaded.run(command_request(preloaded, WHO)).log
        if line.startswith("parent")
    ]
    assert int(line.split()[1]) == interpreter.pid


@pytest.mark.parametrize(
    ("sent", "code"), [(b"", 3), (b"\n", 137), (b'\n{"exit": 4}', 4), (b'{"refused": true}', 3)]
)
def test_an_interpreter_that_ends(sent, code, tmp_path, short_path):
    """If it has not started the script, a new interpreter does; else the script has ended too."""
    library = tmp_path / "lib/python3/site-packages"
    library.mkdir(parents=True)
    (library / "image.pth").touch()
    (tmp_path / "bin").mkdir()
    own = tmp_path / "bin" / client.IMAGE_PYTHON
    own.write_text("#!/bin/sh\nexit 3\n")
    own.chmod(0o755)
    (tmp_path / "train.py").touch()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(short_path / "socket"))
        listener.listen()
        words = [client.__file__, short_path / "socket", tmp_path / "bin/python3", "train.py"]
        process = subprocess.Popen([sys.executable, "-I", "-S", *words], cwd=tmp_path)
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as request:
            request.read(int.from_bytes(request.read(8), "big"))
            connection.sendall(sent)
        assert process.wait(60) == code
