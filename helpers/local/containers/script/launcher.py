"""Start a script job's command where it sees its own /opt/ml: `launcher.py SPEC COMMAND...`.

The process makes namespaces of its own (user, mount, UTS; network if the job is isolated), mounts,
and starts the command. It ends with the command's exit code, or as a container's runtime reports a
signal. When the job is stopped, SIGTERM reaches all its processes, and this one waits for them all:
a shell ends at once, but the script that it has started may save its model.

It runs by the course's Python without any package, and no caller imports it but for its checks.

SPEC is a JSON object with the members of `Launch`.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import sys

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x4000000, 0x10000000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
PR_SET_CHILD_SUBREAPER = 36
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
HOSTS_FILE = "/etc/hosts"
NOT_FOUND, NOT_EXECUTABLE = 127, 126  # the exit codes of a shell


def main(spec_text: str, *command: str) -> None:
    spec = json.loads(spec_text)
    sys.stdout.write("".join(f"{line}\n" for line in spec["lines"]))
    sys.stdout.flush()
    if spec["mounts"]:
        enter_namespaces(spec["isolated"])
        mount_folders(spec["mounted"])
        if os.path.exists(HOSTS_FILE):
            mount(spec["hosts_file"], HOSTS_FILE, MS_BIND)
        socket.sethostname(spec["host"])
        if os.path.isdir(spec["start_folder"]):
            os.chdir(spec["start_folder"])
    sys.exit(run(command))


def run(command: tuple[str, ...]) -> int:
    """Run the command; return its exit code."""
    is_stopping = False

    def stop(*_: object) -> None:
        nonlocal is_stopping
        is_stopping = True

    signal.signal(signal.SIGTERM, stop)
    if hasattr(_libc, "prctl"):
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    program = os.fork()
    if program == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        execute(command)
    _, status = os.waitpid(program, 0)
    with contextlib.suppress(ChildProcessError):
        while is_stopping:
            os.wait()
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def execute(command: tuple[str, ...]) -> None:
    """Become the command. Ends with the exit code of a shell if that can't be executed."""
    command = (command[0] or "''", *command[1:])  # as a shell names an empty command
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        missing = isinstance(error, FileNotFoundError)
        sys.exit(NOT_FOUND if missing else NOT_EXECUTABLE)


def enter_namespaces(isolated: bool) -> None:
    """Enter namespaces in which this user may mount. Raises OSError where that is forbidden."""
    user, group = os.geteuid(), os.getegid()
    flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | (CLONE_NEWNET if isolated else 0)
    _check(_libc.unshare(flags), "unshare")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
    mount(None, "/", MS_REC | MS_PRIVATE)
    if isolated:
        start_loopback()


def mount_folders(folders: dict[str, str]) -> None:
    """Mount folders, by mount point. What else is where a mount point is made stays visible.

    A mount point is made also where there is a folder of that name: if another program removed
    that one, the system would remove what is mounted on it from this namespace too.
    """
    for parent in {os.path.dirname(path) for path in folders}:
        mount_empty(parent, {os.path.basename(path) for path in folders})
    for path, folder in folders.items():
        os.makedirs(path, exist_ok=True)
        mount(folder, path, MS_BIND | MS_REC)


def mount_empty(parent: str, without: set[str]) -> None:
    """Mount a file system in memory on a folder, and in it all that the folder has.

    The folder itself need not be writable, and does not change. without: names that are left out.
    """
    entries = {
        entry.name: os.open(entry.path, os.O_PATH | os.O_NOFOLLOW)
        for entry in os.scandir(parent)
        if entry.name not in without
    }
    paths = {name: f"{parent}/{name}" for name in entries}
    links = {name: os.readlink(path) for name, path in paths.items() if os.path.islink(path)}
    folders = {name for name, path in paths.items() if os.path.isdir(path)}
    _check(_libc.mount(b"tmpfs", parent.encode(), b"tmpfs", 0, b"mode=755"), "mount", parent)
    for name, descriptor in entries.items():
        path = paths[name]
        if name in links:
            os.symlink(links[name], path)
            continue
        if name in folders:
            os.mkdir(path)
        else:
            os.close(os.open(path, os.O_CREAT))
        mount(f"/proc/self/fd/{descriptor}", path, MS_BIND | MS_REC)
        os.close(descriptor)


def start_loopback() -> None:
    """Start the loopback device of a new network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16xh14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[0]
        request = struct.pack("16sh14x", b"lo", flags | IFF_UP)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, request)


def mount(source: str | None, target: str, flags: int) -> None:
    """Call mount(2) without a file system type. Raises OSError."""
    encoded = None if source is None else os.fsencode(source)
    _check(_libc.mount(encoded, os.fsencode(target), None, flags, None), "mount", target)


def _check(result: int, *names: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{os.strerror(number)} ({' '.join(names)})")


_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = (
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_ulong,
    ctypes.c_char_p,
)

if __name__ == "__main__":
    main(*sys.argv[1:])
