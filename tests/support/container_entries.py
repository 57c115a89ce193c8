"""Entry points of containers for tests of job processes: small misbehaving programs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def wait_for_signals():
    """Wait to be ended by a signal, without missing one.

    If a signal comes just before a long sleep or pause() begins, Python handles it only after that.
    """
    while True:
        time.sleep(0.01)


def speak(*codes):
    """Print from Python, a file descriptor and a child; the last line has no newline."""
    print("from\tPython")
    os.write(1, b"from os.write\n\xff and no UTF-8\r\n")
    print("to stderr", file=sys.stderr)
    subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
    os.write(2, b"no newline")
    return 0


def returns(code):
    return code


def exits(code):
    sys.exit(code)


def raises():
    raise ValueError("what went wrong")


def killed(number):
    os.kill(os.getpid(), number)
    time.sleep(60)


def sleeps(folder):
    """Sleep with a child that sleeps, after both have printed their pids."""
    child = subprocess.Popen(["sleep", "60"])
    (Path(folder) / "pids.new").write_text(f"{os.getpid()} {child.pid}")
    (Path(folder) / "pids.new").rename(Path(folder) / "pids")
    print("sleeping")
    time.sleep(60)


def leaves_a_child(folder):
    """End at once, leaving a child that would hold the output open for a minute."""
    child = subprocess.Popen(["sleep", "60"])
    (Path(folder) / "pids").write_text(f"{child.pid}")
    return 7


def saves_when_asked(folder):
    """Save when SIGTERM asks for it, as a training container does."""

    def save(*_):
        os.write(1, b"saved\n")  # print would fail inside the print that the signal interrupted
        os._exit(0)

    signal.signal(signal.SIGTERM, save)
    print("ready")
    wait_for_signals()


def closes_its_output(folder):
    """Close the output, but keep running for a short time."""
    for descriptor in (1, 2):
        os.close(descriptor)
    time.sleep(0.2)
    os._exit(5)


def chatters(count):
    for number in range(count):
        print(number)


def counts_slowly(count):
    """Print a number every 20 milliseconds."""
    for number in range(count):
        print(number)
        time.sleep(0.02)


def ignores_sigterm(folder):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("ready")
    time.sleep(60)


def counts_sigterms(folder):
    """Print the number of SIGTERM signals at each one, and "asked" at SIGCONT, until it is killed.

    Python handles signals that wait in the order of their numbers, so SIGTERM before SIGCONT.
    """
    count = 0

    def on_term(*_):
        nonlocal count
        count += 1
        os.write(1, f"{count}\n".encode())  # print can't be interrupted by itself

    signal.signal(signal.SIGTERM, on_term)
    signal.signal(signal.SIGCONT, lambda *_: os.write(1, b"asked\n"))
    print(os.getpid())
    wait_for_signals()
