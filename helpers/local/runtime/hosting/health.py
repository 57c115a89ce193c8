"""Whether a container that serves still answers, or hangs.

AWS asks /ping every five seconds, and waits two seconds for the answer (developer guide, "How Your
Container Should Respond to Health Check Requests"). Here only a container that has not
answered an invocation for that long is asked: all others have just answered, or have nothing to do.
"""

import sys
import time
from dataclasses import dataclass, field

from helpers.local.runtime.hosting.traffic import Instance
from helpers.local.runtime.model_server import ModelContainer

PING_SECONDS = 5
HUNG_SECONDS = 60  # no invocation may take longer


@dataclass
class Health:
    """The health of one container.

    Parameters
    ----------
    container
        Which is asked, and ended if it hangs.
    instance
        Its part in the traffic: while another one answers, it gets no invocations.
    """

    container: ModelContainer
    instance: Instance
    _next_ping: float = field(default=0, init=False)

    def check(self) -> None:
        """Ping the container if its answer is overdue; end it if it hangs."""
        now, instance = time.monotonic(), self.instance
        silent_seconds = now - instance.last_answer
        is_suspect = instance.outstanding and silent_seconds > PING_SECONDS
        if now < self._next_ping or not (is_suspect or not instance.is_responsive):
            return
        self._next_ping = now + PING_SECONDS
        instance.is_responsive = self._answers()
        if instance.is_responsive:
            instance.last_answer = time.monotonic()
        elif silent_seconds > HUNG_SECONDS:
            print(
                f"{self.container.socket_path.name}: no answer for {silent_seconds:.0f} s; the "
                "container is replaced",
                file=sys.stderr,
            )
            self.container.kill()

    def _answers(self) -> bool:
        try:
            return self.container.get("/ping")[0] == 200
        except OSError:
            return False
