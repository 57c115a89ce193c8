"""The lock files of framework images, and the images' names and accounts."""

import json
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from helpers.local.containers import pytorch, registry, scikit_learn
from helpers.local.containers.contract import PythonFunction
from helpers.local.home import Home
from helpers.local.runtime import image_pull, images

FRAMEWORKS = {framework.name: framework for framework in images.frameworks()}
LOCKS = sorted(
    lock for each in FRAMEWORKS.values() for lock in each.requirements.parent.glob("requ*.txt")
)
PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)
CUDA = re.compile(r"(nvidia|cuda)-[a-z0-9-]+|triton")


def pins(lock: Path) -> set[tuple[str, str]]:
    return set(PIN.findall(lock.read_text()))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: f"{lock.parent.name}/{lock.name}")
def test_lock(lock):
    """Each package is pinned with hashes, no index is named, and the sizes are stated."""
    lines = lock.read_text().replace("\\\n", " ").splitlines()
    lines = [line for line in lines if not line.startswith("#")]
    assert len(lines) > 30
    for line in lines:
        assert PIN.match(line), line[:80]
        assert "--hash=sha256:" in line, line[:80]
    assert not re.search(r"://|--(extra-)?index|--find-links", lock.read_text())
    sizes = json.loads(lock.with_name("requirements.sizes.json").read_text())
    assert sizes[lock.name]["disk_mb"] > sizes[lock.name]["download_mb"] > 100


def test_what_builds_source_packages_is_locked_too():
    """The packages that are built on the user's machine are built by locked ones."""
    text = image_pull.BUILD_REQUIREMENTS.read_text()
    assert set(dict(PIN.findall(text))) >= {"setuptools", "wheel"}
    assert text.count("--hash=sha256:") >= text.count("==")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: f"{lock.parent.name}/{lock.name}")
def test_requirements_have_reasons_and_are_locked(lock):
    """Each line of a requirements.in has its reason, and the lock holds it."""
    locked = pins(lock)
    for source in (lock.with_suffix(".in"), lock.with_name("requirements-common.in")):
        lines = source.read_text().splitlines() if source.exists() else []
        for line in lines:
            if not line or line.startswith(("#", "-r ")):
                continue
            requirement, _, reason = line.partition("#")
            assert len(reason.split()) >= 3, line
            name, _, version = requirement.partition(";")[0].strip().partition("==")
            assert name in dict(locked), f"{name}: run `make lock-images`"
            assert not version or (name, version) in locked, f"{name}: run `make lock-images`"


def test_both_builds_of_pytorch_agree():
    """The build without a GPU has the same packages, without CUDA's."""
    any_machine = FRAMEWORKS["pytorch-2.10"].requirements
    without_gpu = images.cpu_requirements(FRAMEWORKS["pytorch-2.10"])
    extra = pins(any_machine) - pins(without_gpu)
    assert ("torch", "2.13.0") in extra
    assert all(CUDA.fullmatch(name) or name == "torch" for name, _ in extra)
    assert pins(without_gpu) - pins(any_machine) == {("torch", "2.13.0+cpu")}


@pytest.fixture(scope="module")
def sdk_table():
    """Return a function that reads a table of the SDK without its slow import."""

    def sdk_table(name: str) -> dict:
        for folder in find_spec("sagemaker").submodule_search_locations:
            table = Path(folder, f"core/image_uri_config/{name}.json")
            if table.exists():
                return json.loads(table.read_text())
        raise FileNotFoundError(f"sagemaker/core/image_uri_config/{name}.json")

    return sdk_table


@pytest.mark.parametrize(
    ("table", "scope", "version", "container"),
    [
        ("sklearn", "training", "1.9-0", scikit_learn),
        ("sklearn", "inference", "1.9-0", scikit_learn),
        ("pytorch", "training", "2.10.0", pytorch),
        ("pytorch", "inference", "2.6.0", pytorch),
    ],
)
def test_images_are_those_of_the_sdk(sdk_table, table, scope, version, container):
    """Accounts, repositories and tags are the SDK's, for its newest version and that alone."""
    versions = sdk_table(table)[scope]["versions"]
    entry = versions[version]
    assert list(versions)[-1] == version
    repository = next(
        each for each in container.CONTAINER.repositories if each.name == entry["repository"]
    )
    assert repository.accounts == entry["registries"]
    processors = entry.get("processors") or sdk_table(table)[scope]["processors"]
    short = [alias for alias, full in _aliases(sdk_table(table)[scope]) if full == version]
    assert set(repository.shown_tags) == {
        f"{name}-{processor}-{python}"
        for name in [version, *short]
        for processor in processors
        for python in entry["py_versions"]
    }
    assert {repository.version_of(tag) for tag in repository.shown_tags} == {version}
    assert repository.version_of("1.2-1-cpu-py3") is None


def _aliases(scope: dict) -> list[tuple[str, str]]:
    return list(scope.get("version_aliases", {}).items())


@pytest.mark.parametrize("container", [scikit_learn, pytorch])
def test_without_a_script(container, tmp_path, capsys):
    """A job without a script fails with the text of AWS's toolkit, and a model ends its server."""
    from helpers.local.containers.toolkit import script_image

    entry = container.CONTAINER.train(tmp_path, None, {})
    assert entry == PythonFunction(f"{script_image.__name__}:train", (tmp_path,))
    assert script_image.train(*entry.args) == 1
    text = (tmp_path / "output/failure").read_text()
    assert text.startswith("The training entry point name is empty. Set the 'sagemaker_program'")
    assert text in capsys.readouterr().out
    reason = container.CONTAINER.failure_reason(None, 1, text)
    assert reason == f"AlgorithmError: {text}, exit code: 1"
    assert container.CONTAINER.serve(tmp_path, None, {}, tmp_path).path.endswith(":serve")
    assert script_image.serve() == 1
    assert "put a script with a function model_fn" in capsys.readouterr().out


IMPORTS = {
    "xgboost-3.2-0": "xgboost, sklearn",
    "scikit-learn-1.9-0": "sklearn",
    "pytorch-2.10": "torch",
}


@pytest.mark.full
@pytest.mark.parametrize("name", FRAMEWORKS)
def test_pull_the_real_image(tmp_path, name):
    """Each real image can be pulled, and imports its framework and AWS's toolkits."""
    framework, home = FRAMEWORKS[name], Home(tmp_path / "home")
    image = image_pull.pull(home, framework)
    code = (
        f"import {IMPORTS[name]}, numpy, scipy, pandas, pip, "
        "sagemaker_training.cli.train, sagemaker_inference.transformer"
    )
    environment = {"SAGEMAKER_BASE_DIR": str(tmp_path / "job"), "PATH": "/usr/bin:/bin"}
    python = images.interpreter(home, framework)
    subprocess.run([python, "-c", code], env=environment, check=True)
    packages = image_pull.packages_for(framework, framework.python)
    assert 0.5 < image.size / 1e6 / packages.disk_mb < 1.2


def test_known_images_of_each_container_resolve():
    """Each URI that the list of images shows is one that a job accepts in its Region."""
    for region in ("us-east-1", "eu-west-1", "cn-north-1"):
        for framework, uris in images.frameworks(region).items():
            for uri in uris:
                image = registry.resolve(uri, region)
                assert registry.container_of(image).framework(image) == framework
