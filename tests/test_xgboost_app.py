"""The container's web application answers with AWS's status codes and bodies."""

import json
from pathlib import Path

import numpy as np
import pytest
import xgboost
from support import xgboost_job

from helpers.local.containers.toolkit import recordio_protobuf
from helpers.local.containers.toolkit.masking import PathMasker
from helpers.local.containers.xgboost import models, versions
from helpers.local.containers.xgboost.app import App

assert xgboost_job

ROWS = np.random.default_rng(2).random((30, 3)).round(4)
BODY = "\n".join(",".join(map(str, row)) for row in ROWS[:2]).encode()


def trained(**params):
    label = (ROWS[:, 0] * 3).astype(int) if "num_class" in params else (ROWS[:, 0] > 0.5)
    return xgboost.train(params, xgboost.DMatrix(ROWS, label=label), 3)


def app(version="3.2-0", environ=None, **params):
    model = models.Predictor([trained(**params)], versions.VERSIONS[version])
    return App(model, environ or {}, PathMasker(Path("/opt/ml")))


def invoke(application, body=BODY, content_type="text/csv", accept=""):
    """Return status, body and content type of an answer to /invocations."""
    headers = {"content-type": content_type} if content_type else {}
    if accept:
        headers["accept"] = accept
    return application.answer("POST", "/invocations", headers, body)


def expected(**params):
    """Return what plain xgboost predicts for the two rows of BODY."""
    return trained(**params).predict(xgboost.DMatrix(ROWS[:2])).tolist()


def test_csv_answer():
    """A CSV answer has one prediction a line, every digit of the float, and a last newline."""
    status, body, content_type = invoke(app())
    assert (status, content_type) == (200, "text/csv")
    assert body.decode() == "".join(f"{value}\n" for value in expected())


@pytest.mark.parametrize(
    ("version", "end"), [("0.72", ","), ("1.2-1", ","), ("1.2-2", "\n"), ("3.0-5", "\n")]
)
def test_separator(version, end):
    """Old images separate predictions by commas, without one at the end."""
    _, body, _ = invoke(app(version))
    assert body.decode() == end.join(map(str, expected())) + (end if end == "\n" else "")


def test_probabilities_of_classes():
    """softprob answers commas within a row, and in a batch a Python list a line, as on AWS."""
    params = {"objective": "multi:softprob", "num_class": 3}
    values = expected(**params)
    _, body, _ = invoke(app(**params))
    assert body.decode() == "".join(",".join(map(str, row)) + "\n" for row in values)
    _, body, _ = invoke(app(environ={"SAGEMAKER_BATCH": "true"}, **params))
    assert body.decode() == "".join(f"{row}\n" for row in values)


def test_json_answers():
    """JSON, JSON lines and RecordIO have a score for each row."""
    scores = [{"score": value} for value in expected()]
    assert json.loads(invoke(app(), accept="application/json")[1]) == {"predictions": scores}
    lines = invoke(app(), accept="application/jsonlines")[1].splitlines()
    assert [json.loads(line) for line in lines] == scores
    stream = invoke(app(), accept="application/x-recordio-protobuf")[1]
    found = [
        recordio_protobuf.read_record(frame)[1]["score"].values
        for frame in recordio_protobuf.read_frames(stream)
    ]
    assert [{"score": value[0]} for value in found] == scores


def test_batch_ignores_accept():
    """In a batch transform every answer is text, a line for each row."""
    status, body, content_type = invoke(
        app(environ={"SAGEMAKER_BATCH": "true"}), accept="application/json"
    )
    assert (status, content_type) == (200, "text/csv")
    assert body.decode().split("\n") == [*map(str, expected()), ""]


def test_default_accept():
    """The environment may set another default for Accept."""
    environ = {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json"}
    assert invoke(app(environ=environ), accept="*/*")[2] == "application/json"


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "status", "start"),
    [
        (b"", "text/csv", "", 204, ""),
        (BODY, "application/json", "", 415, "application/json is not an accepted ContentType: "),
        (BODY, None, "", 415, "Loading libsvm data failed with Exception, please ensure data is "),
        (b"a,b,c", "text/csv", "", 415, "Loading csv data failed with Exception, please ensure "),
        (BODY, "application/x-parquet", "", 415, "Content-type application/x-parquet is not supp"),
        (b"1,2,3,4", "text/csv", "", 400, "Unable to evaluate payload provided: "),
        (BODY, "text/csv", "image/png", 406, "Accept type image/png is not supported. Please use "
         "supported accept types: ['application/json', 'application/jsonlines', "
         "'application/x-recordio-protobuf', 'text/csv']."),
    ],
)  # fmt: skip
def test_status_codes(body, content_type, accept, status, start):
    """Each kind of wrong request gets AWS's status and words."""
    found, text, _ = invoke(app(), body, content_type, accept)
    assert found == status
    assert text.decode().startswith(start)


def test_no_path_of_this_machine_in_an_answer():
    """xgboost's error texts are answered without stack addresses and folders of this machine."""
    text = invoke(app(), b"1,2,3,4")[1].decode()
    assert text.endswith("Number of columns does not match number of features in booster.")
    assert "libxgboost" not in text
    assert "site-packages" not in text


def test_libsvm_counts_from_one_only_in_the_newest():
    """A 1-based request answers differently in 3.2-0 and in images before it."""
    body = " ".join(f"{i}:{v}" for i, v in enumerate(ROWS[0], 1)).encode()
    newest = invoke(app("3.2-0"), body, None)[1]
    assert newest.decode() == f"{expected()[0]}\n"
    status, text, _ = invoke(app("3.0-5"), body, None)
    assert status == 400  # index 3 is a fourth column
    assert b"Number of columns does not match" in text


def test_selectable_inference():
    """The variable turns selectable inference on; an unsupported objective is a server error."""
    environ = {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label,probability"}
    params = {"objective": "binary:logistic"}
    labels = [(int(value > 0.5), value) for value in expected(**params)]
    _, body, _ = invoke(app(environ=environ, **params))
    assert body.decode() == "\n".join(f"{label},{value}" for label, value in labels)
    _, batch, _ = invoke(app(environ={**environ, "SAGEMAKER_BATCH": "true"}, **params))
    assert batch == body + b"\n"
    status, text, _ = invoke(app(environ=environ, objective="rank:pairwise"))
    assert status == 500
    assert text.startswith(b"Objective `rank:pairwise` unsupported")


def test_other_paths():
    """Ping and the transform's parameters are answered, and other paths aren't found."""
    application = app(environ={"MAX_CONTENT_LENGTH": str(2 * 1024**2)})
    assert application.answer("GET", "/ping", {}, b"")[0] == 200
    found = json.loads(application.answer("GET", "/execution-parameters", {}, b"")[1])
    assert found.pop("MaxConcurrentTransforms") >= 1
    assert found == {"BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 2}
    assert application.answer("GET", "/models", {}, b"")[0] == 404
    assert application.answer("GET", "/invocations", {}, b"")[0] == 405


def test_limit_has_a_limit():
    """The body limit is 6 MiB by default, and never above 20 MiB."""
    assert app().limit == 6291456
    assert app(environ={"MAX_CONTENT_LENGTH": "999999999"}).limit == 20 * 1024**2


@pytest.mark.parametrize("accept", ["application/json", "image/png"])
def test_accept_is_ignored_up_to_1_2_1(accept):
    """Images that separate predictions by commas answer CSV, whatever Accept says."""
    status, text, content_type = invoke(app("1.2-1"), accept=accept)
    assert (status, content_type) == (200, "text/csv")
    assert text.decode() == ",".join(map(str, expected()))
