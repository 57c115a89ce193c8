"""The scripts of the PyTorch project: what training saves serves reviews as training read them."""

import importlib.util
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError
from support import pytorch_channels, pytorch_image
from support.lessons import PROJECTS

from helpers.local.runtime import images

CODE = PROJECTS / "pytorch"

PROGRAM = """
import json, sys
import inference, train
model = inference.model_fn(sys.argv[1])
reviews = inference.input_fn("A good film\\nbad\\n!\\n".encode(), "text/plain; charset=utf-8")
together = inference.predict_fn(reviews, model)
alone = [inference.predict_fn([review], model)[0] for review in reviews]
body, content_type = inference.output_fn(together, "application/json")
try:
    inference.input_fn(b"1,2", "text/csv")
except ValueError as error:
    refused = str(error)
print(json.dumps([reviews, together, alone, body, content_type, refused]))
"""


@pytest.fixture(scope="module")
def python() -> Path:
    """Return the Python of the image, or skip the test."""
    if not pytorch_image.is_pulled():
        pytest.skip(pytorch_image.HOW)
    return images.interpreter(pytorch_image.LEARNERS_HOME, pytorch_image.framework())


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return a folder with both channels: reviews of "good" are positive, of "bad" negative."""
    folder = tmp_path_factory.mktemp("channels")
    pytorch_channels.write(folder)
    return folder


def run(*command: object) -> str:
    """Run a command in the folder of the scripts; return what it printed."""
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=CODE, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def trained(python, folder) -> tuple[Path, str]:
    """Return the folder of a trained model, and what the training printed."""
    channels = ("--train", folder / "train", "--validation", folder / "validation")
    model = folder / "model"
    options = ("--model-dir", model, "--epochs", 12, "--learning-rate", 0.03)
    return model, run(python, "train.py", *channels, *options)


def test_training_saves_what_inference_needs(trained):
    """The folder of the model has the weights, the vocabulary, and the code that serves it."""
    model, _ = trained
    files = {str(path.relative_to(model)) for path in model.rglob("*") if path.is_file()}
    code = {f"code/{name}" for name in ("inference.py", "model.py", "preparation.py")}
    assert files == {"model.pth", "vocabulary.json", *code}
    assert json.loads((model / "vocabulary.json").read_text()) == pytorch_channels.VOCABULARY


def test_the_first_of_the_best_epochs_is_saved(trained):
    """Of several epochs without a mistake, the first is named as the one that is saved."""
    _, printed = trained
    accuracies = [line.split("validation_accuracy=")[1][:6] for line in printed.splitlines()[1:-1]]
    assert accuracies[-1] == "1.0000"
    best = accuracies.index("1.0000") + 1
    assert printed.splitlines()[-1] == f"The model of epoch {best} is saved."


def test_reviews_are_scored_alike_alone_and_together(trained, python):
    """A line of a request is a review, whose score does not depend on the others."""
    model, _ = trained
    printed = run(python, "-c", PROGRAM, model)
    reviews, together, alone, body, content_type, refused = json.loads(printed)
    assert reviews == ["A good film", "bad", "!"]
    assert together[0] > 0.9 > 0.1 > together[1]
    assert together == pytest.approx(alone, abs=1e-6)
    assert [float(line) for line in body.splitlines()] == together
    assert content_type == "text/plain"
    assert refused == "expected content type text/plain, got 'text/csv'"


def test_padding_changes_the_time_only(python, folder):
    """With all padding, the losses are the same."""
    channels = ("--train", folder / "train", "--validation", folder / "validation")
    options = ("--model-dir", folder / "other", "--epochs", 2)
    cut, padded = (
        [
            line.split(" seconds=")[0]
            for line in run(python, "train.py", *channels, *options, *more).splitlines()
        ]
        for more in ((), ("--pad-to", "all"))
    )
    losses = [
        [float(line.split("train_loss=")[1].split()[0]) for line in lines[1:-1]]
        for lines in (cut, padded)
    ]
    assert len(losses[0]) == 2
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)


@pytest.fixture
def web_app(monkeypatch):
    """Return the web app's function, whose endpoint answers `web_app.answer` or raises it."""
    # Without keys, boto3 would look for some on the network when the function makes its client.
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "unused")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("ENDPOINT_NAME", "imdb")
    spec = importlib.util.spec_from_file_location("web_app_handler", CODE / "web_app_handler.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.asked, module.answer = [], b"0.75\n"

    def invoke_endpoint(**request):
        module.asked.append(request)
        if isinstance(module.answer, Exception):
            raise module.answer
        return {"Body": SimpleNamespace(read=lambda: module.answer)}

    module.runtime = SimpleNamespace(invoke_endpoint=invoke_endpoint)
    return module


def ask(web_app, **event) -> tuple[int, dict]:
    answer = web_app.handler(event, None)
    return answer["statusCode"], json.loads(answer["body"])


def test_the_web_app_sends_a_review_as_one_line(web_app):
    """Line breaks of a review become spaces, and the page gets sentiment and probability."""
    status, content = ask(web_app, body=json.dumps({"review": "Good.\n\nNot\tlong."}))
    assert status == 200
    assert (content["sentiment"], content["probability"]) == ("positive", 0.75)
    assert content["parts"] == [{"text": "Good.\n\nNot\tlong."}]
    assert web_app.asked == [
        {"EndpointName": "imdb", "ContentType": "text/plain", "Body": b"Good. Not long."}
    ]


@pytest.mark.parametrize(
    ("event", "status", "message"),
    [
        ({}, 400, "should be a JSON object"),
        ({"body": "[1]"}, 400, "should be a JSON object"),
        ({"body": '{"review": 5}'}, 400, "should be a JSON object"),
        ({"body": "?", "isBase64Encoded": True}, 400, "should be a JSON object"),
        ({"body": '{"review": " \\n"}'}, 400, "type a review first"),
        ({"body": json.dumps({"review": "a" * 5001})}, 413, "has 5,001 characters"),
    ],
)
def test_the_web_app_says_what_is_wrong_with_a_request(web_app, event, status, message):
    """A body without a review, an empty review and a long one are refused in words, unsent."""
    found, content = ask(web_app, **event)
    assert found == status
    assert message in content["message"]
    assert web_app.asked == []


def test_the_web_app_without_its_endpoint(web_app, capsys):
    """Without an answer the page gets a sentence, and the log has no word of the review."""
    web_app.answer = ClientError({"Error": {"Code": "ModelError"}}, "InvokeEndpoint")
    status, content = ask(web_app, body=json.dumps({"review": "secret"}))
    assert (status, content["message"]) == (503, web_app.UNAVAILABLE)
    assert capsys.readouterr().out == "The endpoint imdb gave no score: ModelError\n"
