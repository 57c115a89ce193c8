"""A change of status can be waited for without a thread."""

import asyncio
import threading

from helpers.local.runtime.status_events import StatusEvents


def test_a_change_wakes_who_waits_for_it():
    """A change wakes the waiters for its resource, from another thread, and no others."""

    async def run():
        statuses = StatusEvents()
        mine, other = statuses.watch("arn:a"), statuses.watch("arn:b")
        threading.Thread(target=statuses.notify, args=["arn:a"]).start()
        await asyncio.wait_for(mine.wait(), 60)
        assert not other.is_set()

    asyncio.run(run())


def test_close_lets_everyone_go_now_and_later():
    """Closing releases all waiters, and later ones don't wait at all."""

    async def run():
        statuses = StatusEvents()
        before = statuses.watch("arn:a")
        statuses.close()
        await asyncio.wait_for(before.wait(), 60)
        assert statuses.watch("arn:a").is_set()

    asyncio.run(run())


def test_who_leaves_is_forgotten():
    """A client that gave up leaves no trace, and the others still receive the change."""

    async def run():
        statuses = StatusEvents()
        gone, stays = statuses.watch("arn:a"), statuses.watch("arn:a")
        statuses.leave("arn:a", gone)
        statuses.notify("arn:a")
        await asyncio.wait_for(stays.wait(), 60)
        statuses.leave("arn:a", stays)
        assert not statuses._waiting

    asyncio.run(run())
