"""Stand for `python3` in a script job: `client.py SOCKET PYTHON ARGUMENTS...`.

A script (``python3 train.py ...``) is run by the image's preloaded interpreter, which forks. This
process then passes on signals, and ends as the script does. All else (options, modules, ``-c``) is
run by the image's own interpreter, and so is a script whose fork would differ from a new process.

It runs by the course's Python without any package.
"""

import contextlib
import json
import os
import resource
import signal
import socket
import sys

IMAGE_PYTHON = "image-python"  # beside PYTHON: the image's own interpreter
NAMESPACES = ("user", "mnt", "uts", "net")
FORWARDED = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
LIMITS = ("AS", "CORE", "CPU", "DATA", "FSIZE", "NOFILE", "NPROC", "STACK")
KILLED = 128 + signal.SIGKILL


def main(socket_path: str, python: str, *arguments: str) -> int:
    """Run a script, and return its exit code; or become the image's own interpreter."""
    script = arguments[1:] if arguments[:1] == ("--",) else arguments
    if can_be_forked(python, script):
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(socket_path)
                send(connection, python, script)
            except OSError:
                pass  # it does not run yet, or has ended
            else:
                answer = wait(connection)
                if "refused" not in answer:
                    return end_as(answer)
    os.execv(os.path.join(os.path.dirname(python), IMAGE_PYTHON), [python, *arguments])
    return 1


def can_be_forked(python: str, script: tuple[str, ...]) -> bool:
    """Tell whether this is a plain script in a job that has installed no packages of its own."""
    if not script or script[0].startswith("-") or not os.path.isfile(script[0]):
        return False
    library = os.path.join(os.path.dirname(os.path.dirname(python)), "lib")
    packages = [
        name
        for version in os.listdir(library)
        for name in os.listdir(os.path.join(library, version, "site-packages"))
    ]
    try:
        descriptors = {int(name) for name in os.listdir("/proc/self/fd")}
        for descriptor in range(3):
            os.fstat(descriptor)
    except OSError:
        return False
    # beside the three streams only that of the listing: other open files would be lost
    return packages == ["image.pth"] and len(descriptors) == 4


def send(connection: socket.socket, python: str, script: tuple[str, ...]) -> None:
    """Send what the script needs: its arguments, variables, folder, streams and namespaces."""
    limits = {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in LIMITS}
    umask = os.umask(0)
    os.umask(umask)
    request = {
        "python": python,
        "arguments": script,
        "environment": dict(os.environ),
        "limits": limits,
        "umask": umask,
        "processors": sorted(os.sched_getaffinity(0)),
    }
    content = json.dumps(request).encode("utf-8", "surrogateescape")
    paths = [".", *(f"/proc/self/ns/{name}" for name in NAMESPACES)]
    descriptors = [0, 1, 2, *(os.open(path, os.O_RDONLY) for path in paths)]
    socket.send_fds(connection, [len(content).to_bytes(8, "big")], descriptors)
    connection.sendall(content)
    for descriptor in descriptors[3:]:
        os.close(descriptor)


def wait(connection: socket.socket) -> dict:
    """Pass on signals until the script has ended; return how it ended.

    An interpreter that has ended before it started the script has refused it.
    """

    def pass_on(number: int, _: object) -> None:
        with contextlib.suppress(OSError):  # the script has just ended
            connection.send(bytes([number]))

    for number in FORWARDED:
        signal.signal(number, pass_on)
    content = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(4096):
            content += part
    if not content:
        return {"refused": True}
    return json.loads(content.strip() or b"{}")


def end_as(answer: dict) -> int:
    """End by the signal that has ended the script, or return its exit code."""
    if "signal" in answer:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the script has left its own
        if answer["signal"] != signal.SIGKILL:
            signal.signal(answer["signal"], signal.SIG_DFL)
        os.kill(os.getpid(), answer["signal"])
    return answer.get("exit", KILLED)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
