"""The hosts of a training job: addresses, folders, shares of the data, slots, the first failure."""

import itertools
import json
import os
import socket
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.polling import eventually

from helpers.local.containers.contract import PythonFunction
from helpers.local.containers.toolkit.job_config import read_cluster
from helpers.local.runtime import hosts, input_data, opt_ml
from helpers.local.runtime.host_processes import HostEnd, first_failure, run_together
from helpers.local.runtime.processes import ContainerProcess
from helpers.local.runtime.slots import Slots
from helpers.local.runtime.training_metrics import MetricReader, final_metrics

JOB = {
    "AlgorithmSpecification": {"TrainingInputMode": "File"},
    "InputDataConfig": [],
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2},
}


@given(st.integers(0, 30), st.integers(1, 4))
def test_shards(count, number_of_hosts):
    """Shards are disjoint, together they are the input, and their sizes differ by one at most."""
    inputs = list(range(count))
    shards = [input_data.shard(inputs, host, number_of_hosts) for host in range(number_of_hosts)]
    assert sorted(itertools.chain(*shards)) == inputs
    sizes = [len(shard) for shard in shards]
    assert max(sizes) - min(sizes) <= 1


def test_each_network_is_its_own():
    """Networks in use differ, and their hosts can all bind the same port."""
    with hosts.LoopbackNetwork() as one, hosts.LoopbackNetwork() as other:
        addresses = {network.address(n) for network in (one, other) for n in (1, 2)}
        assert len(addresses) == 4
        sockets = [socket.create_server((address, 7777)) for address in sorted(addresses)]
        for each in sockets:
            each.close()


def test_a_claimed_network_is_not_given_twice(monkeypatch):
    """A network that a process of this machine uses is free for others once it is closed."""
    drawn = iter([9, 9, 9, 9, 8, 8])
    monkeypatch.setattr(hosts.random, "randint", lambda low, high: next(drawn))
    first = hosts.LoopbackNetwork()
    second = hosts.LoopbackNetwork()
    assert (first.address(1), second.address(3)) == ("127.9.9.1", "127.8.8.3")
    first.close()
    drawn = iter([9, 9])
    third = hosts.LoopbackNetwork()
    assert third.address(1) == "127.9.9.1"
    second.close()
    third.close()


def test_without_other_addresses_hosts_share_one(monkeypatch):
    """Where 127.0.0.1 is the only address of this machine, as on macOS, all hosts have it."""
    monkeypatch.setattr(hosts.random, "randint", lambda low, high: 999)  # no such address
    monkeypatch.setattr(
        hosts.socket.socket, "bind", lambda self, address: os_error(hosts.errno.EADDRNOTAVAIL)
    )
    with hosts.LoopbackNetwork() as network:
        assert {network.address(n) for n in (1, 2)} == {"127.0.0.1"}


def os_error(number: int) -> None:
    raise OSError(number, os.strerror(number))


def test_containers_find_the_other_hosts(tmp_path):
    """A container reads the hosts, their addresses and the folder that they share."""
    names = hosts.host_names(2)
    (tmp_path / "input/config").mkdir(parents=True)
    opt_ml.write_config(JOB, tmp_path / "input/config", "algo-2")
    with hosts.LoopbackNetwork() as network:
        variables = hosts.host_environment(names, network, tmp_path / "shared")
        cluster = read_cluster(tmp_path, variables)
        assert cluster.current == "algo-2"
        assert cluster.addresses == {"algo-1": network.address(1), "algo-2": network.address(2)}
    assert cluster.shared.is_dir()
    alone = hosts.host_environment(["algo-1"], network, tmp_path / "none")
    assert alone.keys() == {"SAGEMAKER_LOCAL_HOSTS"}


def test_resource_config(tmp_path):
    """Each host's resourceconfig.json names all hosts and itself, as AWS documents it."""
    opt_ml.write_config(JOB, tmp_path, "algo-2")
    assert json.loads((tmp_path / "resourceconfig.json").read_text()) == {
        "current_host": "algo-2",
        "hosts": ["algo-1", "algo-2"],
        "network_interface_name": "lo",
        "current_instance_type": "ml.m5.large",
        "current_group_name": "homogeneousCluster",
        "instance_groups": [
            {
                "instance_group_name": "homogeneousCluster",
                "instance_type": "ml.m5.large",
                "hosts": ["algo-1", "algo-2"],
            }
        ],
    }


def write(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)


def test_merged_folders(tmp_path):
    """A merged folder has all files; of two with one name, or in its way, the target's."""
    source, target = tmp_path / "source", tmp_path / "target"
    write(target, {"both": "target", "a/mine": "1", "file": "2"})
    write(source, {"both": "source", "a/yours": "3", "b/c/new": "4", "file/inside": "5"})
    (source / "link").symlink_to("b")
    assert sorted(hosts.merge_folder(source, target)) == ["both", "file/inside"]
    read = {name: (target / name).read_text() for name in ("both", "a/mine", "a/yours", "b/c/new")}
    assert read == {"both": "target", "a/mine": "1", "a/yours": "3", "b/c/new": "4"}
    assert (target / "link").is_symlink()


def test_of_checkpoints_the_newest_is_kept(tmp_path):
    """With newest, of two files with one name the one that was written last is kept."""
    source, target = tmp_path / "source", tmp_path / "target"
    write(source, {"old": "source", "new": "source"})
    write(target, {"old": "target", "new": "target"})
    os.utime(source / "old", (1, 1))
    os.utime(target / "new", (1, 1))
    assert hosts.merge_folder(source, target, newest=True) == ["old"]
    assert [(target / name).read_text() for name in ("old", "new")] == ["target", "source"]


def test_final_metrics_are_the_last_of_all_hosts():
    """A metric's final value is the last one that any host has logged."""
    definitions = [{"Name": "loss", "Regex": "loss=([0-9.]+)"}]
    readers = [MetricReader(lambda *lines: None, definitions, lambda *args: None) for _ in range(2)]
    readers[1].write("loss=3")
    readers[0].write("loss=2")
    assert final_metrics(readers)[0]["Value"] == 2
    readers[1].write("loss=1")
    assert final_metrics(readers)[0]["Value"] == 1
    assert final_metrics(readers)[0]["Timestamp"] < datetime.now(UTC)


@pytest.mark.parametrize(
    ("ends", "times", "first"),
    [
        ([(0, 0, False), (0, 5, False)], {}, None),
        ([(1, 9, False), (1, 5, False)], {}, 1),
        ([(1, 5, False), (1, 9, False)], {0: 4, 1: 3}, 1),  # it wrote first, but ended later
        ([(1, 9, False), (1, 5, False)], {0: 4, 1: 4}, 1),  # at the same tick of the clock
        ([(1, 5, False), (-9, 9, False)], {0: 4}, 1),  # the signal is the cause
        ([(1, 5, False), (-9, 4, True)], {}, 0),  # killed because of the other one
    ],
)
def test_first_failure(ends, times, first):
    """The first failure is a signal, or what was written first, never a host that was ended."""
    made = [
        HostEnd(host, code, time_ns, was_ended)
        for host, (code, time_ns, was_ended) in enumerate(ends)
    ]
    failure = first_failure(made, times.get)
    assert (failure and failure.host) == first


def test_a_wide_job_gets_its_slots():
    """A job that needs all slots gets them before those that asked later."""
    slots, order = Slots(2), []
    assert slots.take(1, lambda: False) == 1

    def take(name: str, count: int) -> None:
        taken = slots.take(count, lambda: False)
        order.append(name)
        slots.give_back(taken)

    threads = []
    for name, count in (("wide", 5), ("narrow", 1)):
        threads.append(threading.Thread(target=take, args=(name, count)))
        threads[-1].start()
        eventually(lambda: len(slots._waiting) == len(threads))
    assert order == []
    slots.give_back(1)
    for thread in threads:
        thread.join(20)
    assert order == ["wide", "narrow"]


def test_who_gives_up_frees_the_way():
    """A job that gives up takes no slot, and those behind it get theirs."""
    slots = Slots(1)
    slots.take(1, lambda: False)
    assert slots.take(1, lambda: True) == 0
    slots.give_back(1)
    assert slots.take(1, lambda: False) == 1


def entry(name: str, *args) -> PythonFunction:
    return PythonFunction(f"support.container_entries:{name}", args)


@pytest.mark.usefixtures("forkserver")
def test_a_failure_ends_the_others(tmp_path, monkeypatch):
    """If one process fails, the others are killed, unless the job was stopped."""
    lines: list[str] = []
    entries = [entry("sleeps", str(tmp_path)), entry("returns", 3)]
    starts = [partial(ContainerProcess, each, lines.extend) for each in entries]
    ends = run_together(starts, lambda: False)
    assert [(end.code, end.was_ended) for end in ends] == [(-9, True), (3, False)]


@pytest.mark.usefixtures("forkserver")
def test_a_start_that_fails_ends_those_before(tmp_path):
    """If a process can't be started, those that run already are ended."""
    started = []

    def start() -> ContainerProcess:
        started.append(ContainerProcess(entry("sleeps", str(tmp_path)), print))
        return started[-1]

    def refuse() -> ContainerProcess:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run_together([start, refuse], lambda: False)
    assert not started[0].running()


@pytest.mark.usefixtures("forkserver")
def test_a_reader_that_fails_ends_all(tmp_path):
    """If the lines of one process can't be stored, all are ended and the error is raised."""

    def fail(line: str) -> None:
        raise OSError("disk full")

    starts = [
        partial(ContainerProcess, entry("sleeps", str(tmp_path)), print),
        partial(ContainerProcess, entry("chatters", 3), fail),
    ]
    with pytest.raises(OSError, match="disk full"):
        run_together(starts, lambda: False)
