"""Scripts for the XGBoost image import AWS's packages of that image: data, and several hosts."""

import pytest
from support import instances, jobs
from support.distributed_scripts import (
    BOSTON,
    PROGRAM,
    model_of,
    model_of_one_process,
    model_of_two_processes,
    on_hosts,
    put,
)
from support.mounts import needs_mounts
from support.polling import eventually

from helpers.local.runtime import preloaded_images

SHOW_SIZE = """
from sagemaker_xgboost_container import data_utils
print("size", data_utils.get_size("/nowhere"))
"""
# A plain command has no variables SM_...: all it knows is the folder.
PLAIN = """
import sys
forked = "xgboost" in sys.modules
from sagemaker_containers import entry_point
from sagemaker_xgboost_container.data_utils import get_dmatrix
entry_point._wait_hostname_resolution()
matrix = get_dmatrix("/opt/ml/input/data/train/train.csv", "csv")
print("forked", forked, matrix.num_row(), matrix.get_label().sum())
"""


def request(script_jobs, channel: dict, count: int, **hyperparameters: str) -> dict:
    """Return a request for a job that runs the program by SDK 3's driver."""
    arguments = {name.replace("_", "-"): text for name, text in hyperparameters.items()}
    made = script_jobs.driver_request({"train.py": PROGRAM}, hyperparameters=arguments)
    return on_hosts(made, channel, count)


@pytest.mark.parametrize("content_type", instances.FORMATS)
def test_one_host_trains_on_each_format(script_jobs, content_type):
    """The model is the one that plain xgboost makes of the same rows, bit by bit."""
    channel = put(script_jobs, content_type)
    ended = script_jobs.run(request(script_jobs, channel, 1, content_type=content_type))
    assert model_of(script_jobs, ended) == model_of_one_process()


@pytest.mark.parametrize("content_type", instances.FORMATS)
def test_two_hosts_train_on_each_format(script_jobs, content_type):
    """Two hosts make the model that xgboost's own collective makes of their rows."""
    channel = put(script_jobs, content_type)
    ended = script_jobs.run(request(script_jobs, channel, 2, content_type=content_type))
    assert model_of(script_jobs, ended) == model_of_two_processes()
    assert {"algo-1 has trained", "algo-2 has trained"} <= set(ended.log)
    assert not any("wrote the same names" in line for line in ended.log), "both are the master"


def test_a_host_without_data_leaves(script_jobs):
    """A host without data ends with exit code 0, and the other one trains alone."""
    ended = script_jobs.run(request(script_jobs, put(script_jobs, objects=[BOSTON]), 2))
    assert model_of(script_jobs, ended) == model_of_one_process()
    assert "algo-1 has trained" in ended.log
    assert "algo-2 has trained" not in ended.log
    assert any("Host algo-2 not being used for distributed training." in x for x in ended.log)


@pytest.mark.parametrize("is_isolated", [False, True])
def test_two_of_three_hosts_have_data(script_jobs, is_isolated):
    """Those that have data train together; with network isolation too."""
    channel = put(script_jobs, objects=instances.of_hosts(BOSTON, 2))
    made = request(script_jobs, channel, 3) | {"EnableNetworkIsolation": is_isolated}
    ended = script_jobs.run(made)
    assert model_of(script_jobs, ended) == model_of_two_processes()
    assert "algo-3 has trained" not in ended.log


def test_no_host_with_data(script_jobs):
    """If no host has data, all leave, and the job completes without a model, as on AWS."""
    uri = script_jobs.put(jobs.new_name("train"), {"part-0": b""})
    ended = script_jobs.run(request(script_jobs, jobs.channel(uri), 2))
    assert ended.status == "Completed", ended.log
    assert "xgboost-model" not in script_jobs.model_files(ended)


@pytest.mark.parametrize("failing", ["algo-1", "algo-2"])
def test_a_failing_host_fails_the_job(script_jobs, failing):
    """If training fails on one host, the job fails with the script's exit code and its error."""
    made = request(script_jobs, put(script_jobs), 2, failing_host=failing)
    ended = script_jobs.run(made)
    assert ended.status == "Failed"
    assert ended.reason.endswith("exit code: 1"), ended.reason
    assert f"ValueError: {failing} can't train" in ended.log


def test_without_mounts(rewriting_jobs):
    """Where nothing can be mounted on /opt/ml, two hosts train too."""
    ended = rewriting_jobs.run(request(rewriting_jobs, put(rewriting_jobs), 2))
    assert model_of(rewriting_jobs, ended) == model_of_two_processes()


@needs_mounts
@pytest.mark.parametrize("is_forked", [False, True])
def test_a_plain_command(script_jobs, is_forked):
    """A command finds the packages too: in a new interpreter, and in a preloaded one."""
    if is_forked and not preloaded_images.is_enabled():
        pytest.skip("scripts are forked on Linux only")
    code = script_jobs.put(jobs.new_name("code"), {"plain.py": PLAIN})
    options = () if is_forked else ("-u",)  # which a fork can't have

    def log() -> list[str]:
        made = script_jobs.request("python3", *options, "/opt/ml/input/data/code/plain.py")
        made["InputDataConfig"].append(jobs.channel(code, "code", None))
        return script_jobs.run(made).log

    labels = float(sum(row[0] for row in jobs.ROWS))
    line = f"forked {is_forked} {len(jobs.ROWS)} {labels}"
    eventually(lambda: line in log())  # the interpreter takes a while to start


def test_a_module_of_the_users_own_comes_first(script_jobs):
    """A script that brings a package of that name imports its own."""
    own = "def get_size(path):\n    return 'its own'\n"
    package = {"__init__.py": "", "data_utils.py": own}
    files = {f"sagemaker_xgboost_container/{name}": text for name, text in package.items()}
    ended = script_jobs.run(script_jobs.driver_request({"train.py": SHOW_SIZE, **files}))
    assert "size its own" in ended.log
    ended = script_jobs.run(script_jobs.driver_request({"train.py": SHOW_SIZE}))
    assert "size 0" in ended.log
