"""Live pages by server-sent events: what many browsers watch is rendered once.

One task looks once a second at the version of each page that somebody watches, which costs next to
nothing, and renders those that have changed; a page that takes long less often. It ends with the
last browser.
"""

import asyncio
import contextlib
import json
import time
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from helpers.local.console.content import NotFoundError, Page
from helpers.local.console.render import Fragment, fragments
from helpers.local.runtime.status_events import StatusEvents

LOOK_SECONDS = 1
MOST_SHARE = 0.015  # of a core, for rendering one page again and again
KEEP_ALIVE_SECONDS = 15
RETRY_MILLISECONDS = 2000  # after which a browser connects again
MOST_WAITING = 8  # messages; a browser that is further behind is disconnected, and comes back
WAKING = "console"  # what the task watches: only the end of the server wakes it early

Make = Callable[[], Page]


@dataclass
class _Watched:
    """A page that is watched, as it was rendered last."""

    make: Make
    version: Callable[[], Any] | None = None
    seen: Any = None
    is_final: bool = False
    seconds: float = 0  # of a processor, that rendering it took last
    rests_until: float = 0  # by the event loop's clock
    fragments: dict[str, Fragment] = field(default_factory=dict)
    queues: set[asyncio.Queue] = field(default_factory=set)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Live:
    """The pages that browsers watch.

    Parameters
    ----------
    statuses
        Tells when the server shuts down.
    """

    def __init__(self, statuses: StatusEvents):
        self._statuses = statuses
        self._watched: dict[str, _Watched] = {}
        self._task: asyncio.Task | None = None

    def is_watched(self, key: str) -> bool:
        """Tell whether somebody watches a page already."""
        return key in self._watched

    async def events(self, key: str, make: Make) -> AsyncIterator[bytes]:
        """Yield the messages for one browser: first all sections, then those that change.

        Parameters
        ----------
        key
            The page's address: the same page is rendered once.
        make
            Makes the page.
        """
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING)
        watched = self._watched.setdefault(key, _Watched(make))
        watched.queues.add(queue)
        try:
            yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
            async with watched.lock:
                if not watched.fragments and not watched.is_final:
                    await self._render(watched)
            yield _message(watched.fragments, watched.is_final)
            self._start_looking()
            while not watched.is_final or not queue.empty():
                try:
                    message = await asyncio.wait_for(queue.get(), KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    message = b": still here\n\n"
                if message is None:
                    return
                yield message
        finally:
            watched.queues.discard(queue)
            if not watched.queues and self._watched.get(key) is watched:
                del self._watched[key]

    def _start_looking(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        while self._watched and not self._statuses.closed:
            event = self._statuses.watch(WAKING)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), LOOK_SECONDS)
            self._statuses.leave(WAKING, event)
            if self._statuses.closed:
                break
            for watched in list(self._watched.values()):
                try:
                    await self._follow(watched)
                except Exception:  # of one page: its browsers ask again
                    traceback.print_exc()
                    self._send(watched, None)
        for watched in self._watched.values():
            self._send(watched, None)

    async def _follow(self, watched: _Watched) -> None:
        """Render a page if it may have changed, and send what has."""
        if watched.version is None or asyncio.get_running_loop().time() < watched.rests_until:
            return
        if (now := watched.version()) != watched.seen:
            watched.seen = now
            async with watched.lock:
                self._send(watched, await self._render(watched))
            rest = watched.seconds / MOST_SHARE
            watched.rests_until = asyncio.get_running_loop().time() + rest

    async def _render(self, watched: _Watched) -> bytes:
        """Render a page; return a message of what has changed, empty if nothing has."""
        try:
            page, made, watched.seconds = await asyncio.to_thread(_rendered, watched.make)
        except NotFoundError:  # it was deleted
            watched.is_final, watched.version, watched.fragments = True, None, {}
            return _message({}, True)
        changed = {
            name: fragment
            for name, fragment in made.items()
            if name not in watched.fragments or watched.fragments[name].version != fragment.version
        }
        watched.fragments, watched.version = made, page.version
        watched.is_final = page.version is None
        return _message(changed, watched.is_final) if changed or watched.is_final else b""

    def _send(self, watched: _Watched, message: bytes | None) -> None:
        if message == b"":
            return
        for queue in list(watched.queues):
            if queue.full():
                watched.queues.discard(queue)
                queue.get_nowait()
                queue.put_nowait(None)
            else:
                queue.put_nowait(message)


def _rendered(make: Make) -> tuple[Page, dict[str, Fragment], float]:
    """Return a page, its sections as HTML, and the seconds of a processor that it took."""
    begin = time.thread_time()
    page = make()
    return page, fragments(page), time.thread_time() - begin


def _message(changed: dict[str, Fragment], is_final: bool) -> bytes:
    """Return a message: sections by id as [version, HTML], and whether it is the last one."""
    sections = {name: [each.version, str(each.html)] for name, each in changed.items()}
    return f"data: {json.dumps({'sections': sections, 'final': is_final})}\n\n".encode()
