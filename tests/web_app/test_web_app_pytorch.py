"""The page in front of an endpoint that serves a model of the PyTorch project."""

import re
import subprocess
from collections.abc import Iterator

import pytest
from support import pytorch_channels, pytorch_image, script_models
from support.clients import make_bucket
from support.endpoints import configure, variant, wait_in_service
from support.lessons import PROJECTS, SOLUTIONS, prose, read
from support.web_page import judge, status

from helpers.local.home import Home
from helpers.local.runtime import images
from helpers.web_app import WebApp

CODE = PROJECTS / "pytorch"
LESSON = next(path for path in SOLUTIONS if "PyTorch (Deploy) - High" in path.stem)


@pytest.fixture(scope="module")
def endpoint_name(local, sagemaker, s3, tmp_path_factory) -> Iterator[str]:
    """Return an endpoint with a model that train.py has trained, or skip without the image."""
    pytorch_image.link(local.home)
    folder = tmp_path_factory.mktemp("pytorch")
    pytorch_channels.write(folder)
    python = images.interpreter(Home(local.home), pytorch_image.framework())
    command = [python, CODE / "train.py", "--epochs", 12, "--learning-rate", 0.03]
    for name, path in (("train", "train"), ("validation", "validation"), ("model-dir", "model")):
        command += [f"--{name}", folder / path]
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
    model = folder / "model"
    files = {
        str(path.relative_to(model)): path.read_bytes()
        for path in model.rglob("*")
        if path.is_file()
    }
    bucket = make_bucket(s3)
    s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=script_models.tar_gz(files))
    container = script_models.container(f"s3://{bucket}/model.tar.gz") | {
        "Image": pytorch_image.INFERENCE_IMAGE
    }
    name = script_models.create_model(sagemaker, container)
    configure(sagemaker, name, variant(name))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_in_service(sagemaker, name)
    yield name
    sagemaker.delete_endpoint(EndpointName=name)


@pytest.fixture(scope="module")
def app(endpoint_name, local, tmp_path_factory) -> Iterator[WebApp]:
    """Return the app that the lines in the project's notebook start."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", prose(read(LESSON)), flags=re.DOTALL | re.MULTILINE)
    (lines,) = (block for block in blocks if "WebApp(" in block)
    names = {"code_dir": CODE, "endpoint_name": endpoint_name}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("package"))
        for name, value in local.environment().items():
            patch.setenv(name, value)
        exec(lines, names)
        yield names["app"]
    names["app"].stop()


@pytest.mark.parametrize(("word", "sentiment"), [("good", "Positive"), ("bad", "Negative")])
def test_the_page_asks_the_network(open_page, word, sentiment):
    """The page shows the network's sentiment of a review of several lines, and marks no words."""
    page = open_page()
    judge(page, f"A {word}\n\nfilm")
    assert status(page) == "Done. The result is below."
    assert re.fullmatch(rf"{sentiment}, \d\d\s% sure", page.locator("h2").inner_text())
    assert page.locator("#text mark").count() == 0
