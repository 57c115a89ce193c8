"""A kernel manager for programs that run notebooks, without three weaknesses of its libraries.

- When a kernel ends, its manager closes all sockets, while the client's heartbeat thread may be
  using one. That thread then hangs, and so does the client's stop(), which waits for it.
- The manager picks five free TCP ports, closes them, and the kernel opens them some 0.5 s later.
  In between, any other program can be given one of them: the kernel then prints
  `ZMQError: Address already in use`, and lacks a channel. Unix sockets in a folder of their own
  can't be taken.
- A kernel that is asked to end may close its sockets while its control thread still sends its last
  status. The thread then logs `ZMQError: Socket operation on non-socket` with a traceback, on the
  terminal of the program that runs the notebook.

The first two seen with jupyter_client 8.10, the third with ipykernel 7.4.
"""

import shutil
import sys
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
    """For nbclient's and papermill's `kernel_manager_class`.

    What the kernel's process prints outside of cells is written to sys.stderr only if it ends
    without being asked to: then it tells why.
    """

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

    async def start_kernel(self, **options) -> None:
        """Start the kernel, with a file for what its process prints outside of cells."""
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 - closed by cleanup_resources()
        files = {"stdout": self._printed, "stderr": self._printed}
        await super().start_kernel(**{**files, **options})

    async def cleanup_resources(self, restart: bool = False) -> None:
        """Clean up, and show what a kernel printed that died or could not start."""
        await super().cleanup_resources(restart)
        if not self._printed.closed:
            if not self.shutting_down:
                self._printed.seek(0)
                sys.stderr.write(self._printed.read().decode(errors="replace"))
            self._printed.close()
