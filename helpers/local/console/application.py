"""The console as the gateway sees it. What renders pages is imported with the first request."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from helpers.local.resources.control_plane import ControlPlane
from helpers.local.runtime.runner import Runner
from helpers.local.wire.asgi import Send
from helpers.local.wire.request import Request


class Console:
    """Answers the requests that `access.is_console_request` takes.

    Parameters
    ----------
    control_plane
        Stops and deletes resources, with all of AWS's refusals.
    runner
        Where the workloads run.
    """

    def __init__(self, control_plane: ControlPlane, runner: Runner):
        self._control_plane, self._runner = control_plane, runner
        self._lock = asyncio.Lock()
        self._application: Callable[..., Awaitable[Any]] | None = None

    async def answer(self, request: Request, send: Send) -> bool:
        """Answer a request."""
        async with self._lock:
            if self._application is None:
                self._application = await asyncio.to_thread(self._load)
        try:
            await self._application(request.scope, request.receive, send)
        except ConnectionError:
            pass  # the client went away
        except Exception:
            traceback.print_exc()  # the application has answered 500, and raises it again
        return True

    def _load(self) -> Callable[..., Awaitable[Any]]:
        from helpers.local.console.routes import application

        return application(self._control_plane, self._runner)
