"""Kernels that notebooks are run in by a program."""

import asyncio
import gc
import subprocess
import tempfile
import threading
import time

import pytest
import zmq
from jupyter_client.session import Session
from support.polling import eventually

from helpers.lessons import kernels
from helpers.lessons.kernels import KernelManager, NonBlockingHeartbeat


class Stuck(NonBlockingHeartbeat):
    """A heartbeat whose socket was closed while it waited for an answer."""

    async def _async_run(self) -> None:
        await asyncio.Event().wait()


@pytest.mark.parametrize("kind", [NonBlockingHeartbeat, Stuck])
def test_stopping_never_waits_for_ever(kind, monkeypatch):
    """A heartbeat ends when its client does, and a stuck one is not waited for."""
    if kind is Stuck:
        monkeypatch.setattr(kernels, "HEARTBEAT_STOP_SECONDS", 0.1)
    context = zmq.Context()
    heartbeat = kind(context, Session(), "tcp://127.0.0.1:9")
    heartbeat.start()
    while kind is NonBlockingHeartbeat and heartbeat.socket is None:
        time.sleep(0.01)  # it has not begun
    stopping = threading.Thread(target=heartbeat.stop, daemon=True)
    stopping.start()
    stopping.join(timeout=60)
    assert not stopping.is_alive()
    if kind is Stuck:
        assert heartbeat.is_alive()
    else:
        eventually(lambda: not heartbeat.is_alive())
    context.destroy(linger=0)


def test_no_other_program_can_take_a_kernels_ports(monkeypatch, tmp_path):
    """A kernel listens on Unix sockets in a folder of its own, which goes with it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def listened() -> list[str]:
        manager = KernelManager(kernel_name="python3")
        await manager.start_kernel(stderr=subprocess.PIPE)
        client = manager.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=300)
            return sorted(path.name for path in tmp_path.glob("kernel-*/*"))
        finally:
            client.stop_channels()
            await manager.shutdown_kernel(now=True)

    assert asyncio.run(listened()) == [f"socket-{number}" for number in range(1, 6)]
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_clients_have_that_heartbeat():
    """nbclient and papermill get the course's client from the kernel manager."""
    assert KernelManager().client_factory().hb_channel_class is NonBlockingHeartbeat
