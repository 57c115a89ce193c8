"""A kernel manager for programs that run notebooks, without two weaknesses of its library.

- When a kernel ends, its manager closes all sockets, while the client's heartbeat thread may be
  using one. That thread then hangs, and so does the client's stop(), which waits for it.
- The manager picks five free TCP ports, closes them, and the kernel opens them some 0.5 s later.
  In between, any other program can be given one of them: the kernel then prints
  `ZMQError: Address already in use`, and lacks a channel. Unix sockets in a folder of their own
  can't be taken.

Both seen with jupyter_client 8.10.
"""

import shutil
import tempfile
import weakref
from pathlib import Path

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import HBChannel
from jupyter_client.manager import AsyncKernelManager
from traitlets import Type, default

HEARTBEAT_STOP_SECONDS = 2  # how long a heartbeat may take to end


class NonBlockingHeartbeat(HBChannel):
    """A heartbeat that ends with its client or, if it hangs, is left behind as a daemon thread."""

    def stop(self) -> None:
        """Ask the thread to end, and wait for it for a limited time."""
        self._running = False
        self._exit.set()
        self.join(HEARTBEAT_STOP_SECONDS)
        if not self.is_alive():
            self.close()


class KernelClient(AsyncKernelClient):
    """A kernel client with that heartbeat."""

    hb_channel_class = Type(NonBlockingHeartbeat)


class KernelManager(AsyncKernelManager):
    """For nbclient's and papermill's `kernel_manager_class`."""

    client_class = "helpers.lessons.kernels.KernelClient"
    client_factory = Type(KernelClient, klass=AsyncKernelClient)

    @default("transport")
    def _unix_sockets(self) -> str:
        return "ipc"

    @default("ip")
    def _socket_path(self) -> str:
        """Return the path that the sockets' names begin with; the system takes 100 characters."""
        folder = tempfile.mkdtemp(prefix="kernel-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return str(Path(folder) / "socket")
