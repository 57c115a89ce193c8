"""A kernel manager for running notebooks from a program, which never waits for a dead kernel.

When a kernel ends, its manager closes all sockets, while the client's heartbeat thread may be using
one. Then that thread waits for ever, and so does the client's stop(), which waits for the thread
(seen with jupyter_client 8.10).
"""

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import HBChannel
from jupyter_client.manager import AsyncKernelManager
from traitlets import Type

PATIENCE = 2  # seconds for a heartbeat that is not stuck to end


class NonBlockingHeartbeat(HBChannel):
    """Ends with its client, or is left behind: a daemon thread that holds nothing up."""

    def stop(self) -> None:
        """Ask the thread to end, and wait for it only for so long."""
        self._running = False
        self._exit.set()
        self.join(PATIENCE)
        if not self.is_alive():
            self.close()


class KernelClient(AsyncKernelClient):
    """A kernel client with that heartbeat."""

    hb_channel_class = Type(NonBlockingHeartbeat)


class KernelManager(AsyncKernelManager):
    """For nbclient's and papermill's `kernel_manager_class`."""

    client_class = "helpers.lessons.kernels.KernelClient"
    client_factory = Type(KernelClient, klass=AsyncKernelClient)
