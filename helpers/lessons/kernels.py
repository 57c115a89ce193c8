"""A kernel manager for running notebooks from a program, which never waits for a dead kernel.

When a kernel ends, its manager closes all sockets, while the client's heartbeat thread may be using
one. That thread then hangs, and so does the client's stop(), which waits for it (seen with
jupyter_client 8.10).
"""

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import HBChannel
from jupyter_client.manager import AsyncKernelManager
from traitlets import Type

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
