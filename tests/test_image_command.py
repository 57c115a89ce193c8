"""`python -m helpers local images`, `pull` and `rm`."""

import json

import pytest
from support.tiny_images import TinyImage, write_wheel

from helpers.__main__ import main
from helpers.local.containers import registry
from helpers.local.runtime import images

REGION = "us-east-1"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
XGBOOST_IN_IRELAND = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.2-0"


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Return a function that runs `helpers local`: exit code, stdout, stderr."""
    monkeypatch.setenv("SAGEMAKER_LOCAL_HOME", str(tmp_path / "home"))
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)

    def run(*words):
        return main(["local", *words]), *capsys.readouterr()

    return run


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Return a small image, beside another one the only images that there are."""
    tiny, other = TinyImage(tmp_path), TinyImage(tmp_path, "tiny-other")
    tiny.use_only_its_wheels(monkeypatch, tmp_path / "cache")
    known = {tiny.framework: ["some.uri/tiny:1"], other.framework: []}
    monkeypatch.setattr(images, "frameworks", lambda region=REGION: known)
    return tiny


def test_images_before_any_pull(run, tmp_path):
    """Without a home folder all images are listed with their URIs in a Region, none is pulled."""
    code, out, _ = run("images")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split() == ["image", "state", "on", "disk", "runs", "Python"]
    assert lines[1].split()[:3] == ["xgboost-3.2-0", "not", "pulled"]
    assert lines[2] == f"    {XGBOOST}"
    assert "To pull one: python -m helpers local pull IMAGE" in out
    assert XGBOOST_IN_IRELAND in run("images", "--region", "eu-west-1")[1]
    assert not (tmp_path / "home").exists()


def test_another_version_than_that_of_aws_is_explained(run):
    """Where another version runs than in AWS's image, both are named below the image's URIs."""
    rows = {row["Name"]: row for row in json.loads(run("images", "--json")[1])}
    assert [name for name, row in rows.items() if row["OnAWS"]] == ["pytorch-2.10"]
    lines = run("images")[1].splitlines()
    (number,) = [number for number, line in enumerate(lines) if "AWS's images have" in line]
    assert lines[number - 1].strip() == rows["pytorch-2.10"]["URIs"][-1]
    assert (
        lines[number]
        .strip()
        .startswith(
            "AWS's images have torch 2.10.0 for training and torch 2.6.0 for inference. "
            f"Here {rows['pytorch-2.10']['Runs']} runs in their place"
        )
    )


def test_images_as_json(run):
    """--json has each image once, with URIs that a job accepts."""
    rows = json.loads(run("images", "--json")[1])
    assert [row["Name"] for row in rows] == ["xgboost-3.2-0", "scikit-learn-1.9-0", "pytorch-2.10"]
    for row in rows:
        assert row["State"] == "not pulled"
        assert row["SizeMB"] > 100
        for uri in row["URIs"]:
            image = registry.resolve(uri, REGION)
            assert registry.container_of(image).framework(image).name == row["Name"]


def test_from_pull_to_rm(run, tiny):
    """An image is pulled, listed, outdated after a change of its lock file, and removed."""
    assert run("pull", "tiny-1.0")[0] == 0
    (row, other) = json.loads(run("images", "--json")[1])
    assert row["State"] == "pulled"
    assert (row["Runs"], row["URIs"]) == ("tiny 1.0", ["some.uri/tiny:1"])
    assert other["State"] == "not pulled"
    tiny.write_lock(write_wheel(tiny.wheels, "tiny", "2.0"))
    assert "outdated: pull it again" in run("images")[1]
    assert run("rm", "tiny-1.0")[:2] == (0, "Removed tiny-1.0.\n")
    assert run("rm", "tiny-1.0")[:2] == (0, "tiny-1.0 was not on this machine.\n")


def test_pull_all(run, tiny):
    """--all pulls each image."""
    assert run("pull", "--all")[0] == 0
    assert {row["State"] for row in json.loads(run("images", "--json")[1])} == {"pulled"}


@pytest.mark.parametrize("name", ["xgbost-3.2-0", XGBOOST.replace("3.2-0", "1.7-1"), "kmeans:1"])
def test_unknown_image(run, name):
    """A name that no framework image has is refused with the names, and the most similar one."""
    code, out, err = run("pull", name)
    assert (code, out) == (2, "")
    assert f'No framework image is called "{name}"' in err
    assert "The images are xgboost-3.2-0, scikit-learn-1.9-0, pytorch-2.10." in err
    assert ('Did you mean "xgboost-3.2-0"?' in err) == (name == "xgbost-3.2-0")
    assert run("rm", name)[0] == 2


@pytest.mark.parametrize("uri", [XGBOOST, XGBOOST_IN_IRELAND])
def test_uri_as_a_name(run, uri):
    """An image may be named by its URI in any Region."""
    assert run("rm", uri)[1] == "xgboost-3.2-0 was not on this machine.\n"


def test_failure_is_a_sentence(run, tiny):
    """A failed pull prints its reason on stderr, without a traceback."""
    write_wheel(tiny.wheels, "tiny", "1.0", script="other")
    code, _, err = run("pull", "tiny-1.0")
    assert code == 1
    assert err.startswith("tiny-1.0 was not pulled. A package differs from the one in the image's")
    assert "Traceback" not in err


def test_home_that_is_a_file(run, tiny, tmp_path):
    """A home folder that can't be created is named in a sentence."""
    (tmp_path / "home").write_text("")
    code, _, err = run("pull", "tiny-1.0")
    assert code == 1
    assert str(tmp_path / "home") in err
    assert "Traceback" not in err
