"""Live pages: what changes comes by itself, and what many watch is rendered once."""

import asyncio
import time
from collections.abc import Callable

import pytest
from support import jobs, tuning

from helpers.local.console import live as live_module
from helpers.local.console.content import Facts, NotFoundError, Page
from helpers.local.console.live import Live
from helpers.local.runtime.status_events import StatusEvents


@pytest.fixture
def long_job(sagemaker, data):
    """Return the name of a training job that runs until it is stopped."""
    request = jobs.training_request(data, hyperparameters=tuning.LONG)
    name = request["TrainingJobName"]
    sagemaker.create_training_job(**request)
    yield name
    if sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] == "InProgress":
        sagemaker.stop_training_job(TrainingJobName=name)
    jobs.wait_for_training(sagemaker, name)


def has_curve(messages: list[dict]) -> bool:
    curves = [m["sections"]["monitor"][1] for m in messages if "monitor" in m["sections"]]
    return any("<polyline" in html and "train:rmse" in html for html in curves)


def test_a_running_job_is_followed_to_its_end(visitor, sagemaker, long_job):
    """Log, curve and status of a running job come as they change; its end ends the stream."""
    html = visitor.get(f"/jobs/{long_job}").text
    assert "data-live" in html
    with visitor.watch(f"/jobs/{long_job}") as stream:
        assert stream.answer.getheader("content-type").startswith("text/event-stream")
        first = stream.message()["sections"]
        assert {"settings", "monitor", "logs", "history", "status"} <= first.keys()
        messages = [stream.message()]
        while not has_curve(messages) and len(messages) < 100:  # it may not have started yet
            messages.append(stream.message())
        assert has_curve(messages)
        assert any("logs" in message["sections"] for message in messages)
        assert not any("hyperparameters" in message["sections"] for message in messages)
        sagemaker.stop_training_job(TrainingJobName=long_job)
        last = messages[-1]
        while not last["final"]:
            last = stream.message()
        assert "Stopped" in last["sections"]["settings"][1]
        assert last["sections"]["status"] == ["Stopped", "Stopped"]
        assert stream.message() is None


def test_a_new_job_appears_in_the_list(visitor, sagemaker, data):
    """A job that is created while the list is open appears in it."""
    with visitor.watch("/jobs") as stream:
        stream.message()
        job = jobs.train(sagemaker, jobs.training_request(data))
        seen = ""
        while f">{job['TrainingJobName']}</a>" not in seen:
            seen = stream.message()["sections"]["list"][1]


def test_what_is_not_there_has_no_stream(visitor):
    """The stream of a page that does not exist is 404, after which a browser does not retry."""
    assert visitor.get("/jobs/none?live=1").status == 404


def test_a_page_that_has_ended_sends_it_once(visitor, trained):
    """The stream of a job that has ended is one message, and then ends."""
    with visitor.watch(f"/jobs/{trained['TrainingJobName']}") as stream:
        assert stream.message()["final"] is True
        assert stream.message() is None


# The shared task, without a server


class Counted:
    """A page that counts how often it is made and looked at, and changes when it is told to."""

    def __init__(self):
        self.made, self.looks, self.value, self.is_gone = 0, 0, 0, False

    def make(self) -> Page:
        self.made += 1
        if self.is_gone:
            raise NotFoundError("gone")
        facts = Facts("facts", "Facts", [("value", self.value)])
        same = Facts("same", "Same", [("value", 1)])
        return Page("title", [facts, same], version=self.version)

    def version(self) -> tuple[int, bool]:
        self.looks += 1
        return self.value, self.is_gone


@pytest.fixture
def fast(monkeypatch):
    monkeypatch.setattr(live_module, "LOOK_SECONDS", 0.02)


async def collect(live: Live, page: Counted, into: list, key: str = "key") -> None:
    async for message in live.events(key, page.make):
        into.append(message)


async def until(true: Callable[[], object]) -> None:
    """Let the event loop run until a condition is true; the limit only ends a failing test."""
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.005)


def test_fifty_browsers_cost_one_rendering(fast):
    """A change of a page that fifty browsers watch is rendered once, and reaches all of them."""

    async def watch() -> tuple[int, int, list[list[bytes]]]:
        live, page, received = Live(StatusEvents()), Counted(), [[] for _ in range(50)]
        tasks = [asyncio.create_task(collect(live, page, into)) for into in received]
        await until(lambda: page.looks >= 5 and all(len(each) == 2 for each in received))
        before = page.made
        page.value = 7
        await until(lambda: all(len(each) > 2 for each in received))
        looks = page.looks
        await until(lambda: page.looks >= looks + 5)
        after = page.made
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return before, after, received

    before, after, received = asyncio.run(watch())
    assert before <= 2  # the first, and one that makes sure that nothing was missed
    assert after == before + 1
    for messages in received:
        assert len(messages) == 3  # retry, all sections, the change
        assert b'"same"' in messages[1]
        assert b"7" in messages[2]
        assert b'"same"' not in messages[2]


def test_a_deleted_page_ends(fast):
    """When what a page shows is deleted, its stream sends no sections and ends."""

    async def watch() -> list[bytes]:
        live, page, received = Live(StatusEvents()), Counted(), []
        task = asyncio.create_task(collect(live, page, received))
        await until(lambda: len(received) == 2)
        page.is_gone = True
        await asyncio.wait_for(task, 60)
        return received

    assert b'{"sections": {}, "final": true}' in asyncio.run(watch())[-1]


def test_the_end_of_the_server_ends_all_streams(monkeypatch):
    """A server that shuts down lets its browsers go at once, and not only at its next look."""
    monkeypatch.setattr(live_module, "LOOK_SECONDS", 600)

    async def watch() -> list[bytes]:
        statuses = StatusEvents()
        live, page, received = Live(statuses), Counted(), []
        task = asyncio.create_task(collect(live, page, received))
        await until(lambda: live._task is not None)
        await asyncio.sleep(0.1)  # it waits for its next look
        statuses.close()
        await asyncio.wait_for(task, 60)
        return received

    assert len(asyncio.run(watch())) == 2


def test_nobody_watches_nothing_runs(fast):
    """The task ends with the last browser, and a new one starts it again."""

    async def watch() -> bool:
        live, page = Live(StatusEvents()), Counted()
        for _ in range(2):
            task = asyncio.create_task(collect(live, page, []))
            await until(lambda: live._task is not None and not live._task.done())
            looking = live._task
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await until(looking.done)
        return True

    assert asyncio.run(watch())


def test_a_slow_browser_is_let_go(fast):
    """A browser that does not read is disconnected, and stores no more than a few messages."""

    async def watch() -> list[bytes]:
        live, page = Live(StatusEvents()), Counted()
        events = live.events("key", page.make)
        received = [await anext(events), await anext(events)]
        received.append(await anext_with_changes(events, page))
        for number in range(30):
            page.value, made = 100 + number, page.made
            await until(lambda made=made: page.made > made)
        async for message in events:
            received.append(message)
        return received

    async def anext_with_changes(events, page: Counted) -> bytes:
        page.value = 1
        return await anext(events)

    messages = asyncio.run(asyncio.wait_for(watch(), 60))
    assert 3 < len(messages) <= 3 + live_module.MOST_WAITING


class Failing(Counted):
    """A page that fails when its value is odd."""

    def make(self) -> Page:
        if self.value % 2:
            raise OSError("the disk is on fire")
        return super().make()


def test_a_page_that_fails_leaves_the_others_alone(fast, capsys):
    """If a page can't be rendered, its stream ends, the reason is logged, and others stay live."""

    async def watch() -> tuple[list[bytes], list[bytes]]:
        live, failing, good = Live(StatusEvents()), Failing(), Counted()
        received: tuple[list[bytes], list[bytes]] = ([], [])
        ends = asyncio.create_task(collect(live, failing, received[0], "failing"))
        stays = asyncio.create_task(collect(live, good, received[1], "good"))
        await until(lambda: [len(each) for each in received] == [2, 2])
        failing.value = 1
        await asyncio.wait_for(ends, 60)
        good.value = 7
        await until(lambda: len(received[1]) > 2)
        stays.cancel()
        return received

    failed, good = asyncio.run(watch())
    assert len(failed) == 2
    assert b"7" in good[-1]
    assert "the disk is on fire" in capsys.readouterr().err


def test_a_slow_page_is_rendered_less_often(fast, monkeypatch):
    """A page that takes some time of a processor is not rendered again at the next looks."""
    monkeypatch.setattr(live_module, "MOST_SHARE", 0.0001)  # it rests for 200 seconds

    class Slow(Counted):
        def make(self) -> Page:
            end = time.thread_time() + 0.02
            while time.thread_time() < end:
                pass
            return super().make()

    async def watch() -> int:
        live, page = Live(StatusEvents()), Slow()
        task = asyncio.create_task(collect(live, page, []))
        await until(lambda: page.made == 2)
        for number in range(40):
            page.value = number
            await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return page.made

    assert asyncio.run(watch()) == 2


def test_a_page_costs_a_bounded_share_of_a_core(fast, monkeypatch):
    """A page that takes long to render rests long, so its share of a core is bounded."""
    rendered = live_module._rendered
    monkeypatch.setattr(live_module, "_rendered", lambda make: (*rendered(make)[:2], 6.0))

    async def watch() -> float:
        live, page = Live(StatusEvents()), Counted()
        task = asyncio.create_task(collect(live, page, []))
        await until(lambda: "key" in live._watched and live._watched["key"].rests_until)
        rest = live._watched["key"].rests_until - asyncio.get_running_loop().time()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return 6.0 / rest

    assert 0 < asyncio.run(watch()) < 0.02
