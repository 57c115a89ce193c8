"""Scripts in PyTorch's image by the older protocol, where the image was pulled."""

import pytest
from support import pytorch_image
from support.script_jobs import ScriptJobs
from support.servers import running

FAILS = """
print("before")
raise ValueError("no rows in the training data")
"""
SUM_OF_RANKS = """
import os
import torch
import torch.distributed
torch.distributed.init_process_group("gloo")
ranks = torch.tensor([torch.distributed.get_rank() + 1])
torch.distributed.all_reduce(ranks)
names = ("RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
print(" ".join(["sum", str(ranks.item()), *map(os.environ.get, names)]))
torch.distributed.destroy_process_group()
"""


@pytest.fixture(scope="module")
def pytorch_jobs(tmp_path_factory):
    """Return what runs script jobs in a home that has PyTorch's image."""
    home = tmp_path_factory.mktemp("home")
    pytorch_image.link(home)
    with running(home) as endpoint:
        yield ScriptJobs(endpoint)


def request(script_jobs: ScriptJobs, script: str, hyperparameters=None, count: int = 1) -> dict:
    """Return a request in the older protocol, as SDK 2's estimator PyTorch sends it."""
    request = script_jobs.toolkit_request({"train.py": script}, hyperparameters)
    request["AlgorithmSpecification"]["TrainingImage"] = pytorch_image.TRAINING_IMAGE
    request["ResourceConfig"]["InstanceCount"] = count
    return request


def test_the_reason_of_a_failure_has_the_scripts_error(pytorch_jobs):
    """PyTorch's image captures what the script prints: FailureReason has its error."""
    ended = pytorch_jobs.run(request(pytorch_jobs, FAILS))
    reason = "AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "
    assert ended.reason.startswith(reason)
    assert 'raise ValueError("no rows in the training data")' in ended.reason
    assert ended.reason.endswith('"/opt/job/python/bin/python3 -- train.py", exit code: 1')
    assert "before" in ended.log


def test_torch_distributed_starts_torchrun_on_all_instances(pytorch_jobs):
    """SDK 2's distribution={"torch_distributed": {"enabled": True}} forms one process group."""
    settings = {"sagemaker_torch_distributed_enabled": True}
    ended = pytorch_jobs.run(request(pytorch_jobs, SUM_OF_RANKS, settings, count=2))
    assert ended.status == "Completed", ended.log
    assert any("torchrun --nnodes 2 --nproc_per_node 1" in line for line in ended.log)
    shown = sorted(line for line in ended.log if line.startswith("sum "))
    assert shown == [f"sum 3 {rank} 2 1 algo-1 7777" for rank in range(2)]


def test_the_hosts_meet_at_the_first_one(pytorch_jobs):
    """Without a launcher a script has the address of the first host, as on AWS."""
    script = 'import os; print("meet at {MASTER_ADDR}:{MASTER_PORT}".format(**os.environ))'
    ended = pytorch_jobs.run(request(pytorch_jobs, script, count=2))
    assert ended.log.count("meet at algo-1:7777") == 2
