"""Waiting for a change of status without a thread."""

import asyncio
import threading

from helpers.local.runtime.status_events import StatusEvents


def test_a_change_wakes_who_waits_for_it():
    """From another thread; those who wait for another resource sleep on."""

    async def run():
        statuses = StatusEvents()
        mine, other = statuses.watch("arn:a"), statuses.watch("arn:b")
        threading.Thread(target=statuses.notify, args=["arn:a"]).start()
        await asyncio.wait_for(mine.wait(), 5)
        assert not other.is_set()

    asyncio.run(run())


def test_close_lets_everyone_go_now_and_later():
    """Who comes after the close doesn't wait at all."""

    async def run():
        statuses = StatusEvents()
        before = statuses.watch("arn:a")
        statuses.close()
        await asyncio.wait_for(before.wait(), 5)
        assert statuses.watch("arn:a").is_set()

    asyncio.run(run())


def test_who_leaves_is_forgotten():
    """No trace of a client that gave up, and the others still hear of the change."""

    async def run():
        statuses = StatusEvents()
        gone, stays = statuses.watch("arn:a"), statuses.watch("arn:a")
        statuses.leave("arn:a", gone)
        statuses.notify("arn:a")
        await asyncio.wait_for(stays.wait(), 5)
        statuses.leave("arn:a", stays)
        assert not statuses._waiting

    asyncio.run(run())
