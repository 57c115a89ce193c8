"""`python -m helpers local set-quota` sets what the local account may run."""

import sys

import pytest
from support.clients import make_client
from support.quota_values import own_quotas

from helpers.__main__ import main
from helpers.catalog import quotas

TRAINING = quotas.find("ml.m5.large for training job usage")
REGION = "ca-central-1"


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs `helpers local set-quota`: exit code, stdout, stderr."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["helpers", "local", "set-quota", *words])
        return main(), *capsys.readouterr()

    return run


@pytest.fixture
def client(local):
    """Return a client of Service Quotas in a region where nothing is set or requested."""
    with own_quotas(local, REGION):
        yield make_client(local, "service-quotas", region_name=REGION)


def test_set_on_a_running_server(client, run):
    """A quota that was set counts from the next request on, in that region."""
    code, out, _ = run("m5.large for training", "0", "--region", REGION)
    assert code == 0
    assert out == f"{TRAINING.name} (L-611FA074) in {REGION}: 0, before 30\n"
    asked = {"ServiceCode": "sagemaker", "QuotaCode": TRAINING.code}
    assert client.get_service_quota(**asked)["Quota"]["Value"] == 0
    client.request_service_quota_increase(**asked, DesiredValue=2)
    _, out, _ = run()
    assert f"{REGION}  L-611FA074  {TRAINING.name}: 0 (it starts with 30)" in out
    assert f"{TRAINING.name}: 2 requested, PENDING, id " in out
    _, out, _ = run("L-611FA074", "2", "--region", REGION)
    assert "is granted (APPROVED)" in out
    assert f"{REGION}  L-611FA074  {TRAINING.name}: 2 requested" not in run()[1]


def test_without_a_server(tmp_path, monkeypatch, run):
    """Listing makes no folder; a quota that is set before the first start is there after it."""
    home = tmp_path / "home"
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(home))
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert run()[1].startswith("No quota is set")
    code, out, _ = run("m5.large for training")
    assert (code, out) == (
        0,
        f"{TRAINING.name} (L-611FA074) in us-east-1: 30. It starts with 30; AWS's default is 0.\n",
    )
    assert not home.exists()
    assert run("m5.large for training", "7")[0] == 0
    assert "us-east-1: 7. It starts with 30" in run("m5.large for training")[1]


def test_what_cannot_be_set(run, monkeypatch, tmp_path):
    """An ambiguous name or an invalid number is refused, with the possible names."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path / "home"))
    code, out, err = run("m5.large", "1")
    assert (code, out) == (2, "")
    assert "'m5.large' matches several quotas" in err
    assert "L-236AE59F  ml.m5.large for transform job usage" in err
    for value in ("-1", "1.5", "many", "²"):
        with pytest.raises(SystemExit) as ended:
            run("L-611FA074", value)
        assert ended.value.code == 2
    assert not (tmp_path / "home").exists()


def test_a_home_folder_that_cannot_be_written(run, monkeypatch):
    """If the home folder is not writable, one message gives the remedy."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", "/proc/sagemaker")
    code, _, err = run("L-611FA074", "1")
    assert code == 1
    assert "export SAGEMAKER_LOCAL_HOME=" in err
