"""What the serving container answers: content types, forms of a body, and refusals."""

import json

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from support.linear_learner_job import to_records

from helpers.local.containers.linear_learner.app import App
from helpers.local.containers.linear_learner.model_file import Model
from helpers.local.containers.toolkit import recordio_protobuf
from helpers.local.containers.toolkit.masking import PathMasker

WEIGHT = np.array([[1.0, -2.0, 0.5], [0.5, 0.0, -1.0]])
ROW, SCORE = [3.0, 4.0], 3.0 + 2.0 + 0.25
RECORDIO = "application/x-recordio-protobuf"
JSON = "application/json"


def app(tmp_path, kind: str = "regressor", loss: str = "squared_loss", threshold=0.5) -> App:
    outputs = 3 if kind == "multiclass_classifier" else 1
    bias = np.array([0.25, 0.0, 0.0])[:outputs]
    model = Model(WEIGHT[:, :outputs], bias, kind, loss, threshold)
    return App(model, {}, PathMasker(tmp_path))


def ask(app: App, body: str | bytes, content_type: str | None = "text/csv", **headers: str):
    """Return status, body and content type of an invocation."""
    if content_type is not None:
        headers["content-type"] = content_type
    body = body if isinstance(body, bytes) else body.encode()
    return app.answer("POST", "/invocations", headers, body)


def predictions(answer: tuple) -> list[dict]:
    status, body, content_type = answer
    assert (status, content_type) == (200, JSON), body
    return json.loads(body)["predictions"]


BODIES = {
    "CSV": ("text/csv", "3,4"),
    "CSV with a line end": ("text/csv", "3,4\n"),
    "CSV without labels": ("text/csv;label_size=0", "3,4"),
    "capitals": ("Text/CSV; charset=utf-8", "3,4"),
    "JSON, short": (JSON, '{"instances": [{"features": [3, 4]}]}'),
    "JSON": (JSON, '{"instances": [{"data": {"features": {"values": [3.0, 4.0]}}}]}'),
    "JSON, sparse": (
        JSON,
        '{"instances": [{"data": {"features": {"keys": [1, 0], "shape": [2], "values": [4, 3]}}}]}',
    ),
    "JSON lines": ("application/jsonlines", '{"features": [3.0, 4.0]}\n'),
    "JSON lines, long": ("application/jsonlines", '{"data": {"features": {"values": [3, 4]}}}'),
    "RecordIO": (RECORDIO, to_records(np.array([ROW]), None)),
    "RecordIO, sparse": (RECORDIO, to_records(scipy.sparse.csr_matrix([ROW]), None)),
    "RecordIO with a label": (RECORDIO, to_records(np.array([ROW]), np.array([1.0]))),
}


@pytest.mark.parametrize("name", BODIES)
def test_forms_of_a_request(tmp_path, name):
    """Each form that AWS documents gives the same score."""
    content_type, body = BODIES[name]
    assert predictions(ask(app(tmp_path), body, content_type)) == [{"score": SCORE}]


def test_the_bytes_of_an_answer(tmp_path):
    """An answer has the spaces of AWS's, and scores are numbers of 32 bits."""
    status, body, _ = ask(app(tmp_path), "0.1,0")
    score = float(np.float32(0.1 + 0.25))
    assert body == f'{{"predictions": [{{"score": {score}}}]}}'.encode()
    assert score != 0.1 + 0.25
    assert status == 200


def test_a_binary_classifier(tmp_path):
    """The score is a probability, and predicted_label is 1 from the threshold on."""
    score = float(np.float32(1 / (1 + np.exp(-SCORE))))
    for threshold, label in ((score - 1e-6, 1), (score + 1e-6, 0)):
        served = app(tmp_path, "binary_classifier", "logistic", threshold)
        [prediction] = predictions(ask(served, "3,4"))
        assert prediction == {"score": pytest.approx(score), "predicted_label": label}


def test_hinge_loss_has_raw_scores(tmp_path):
    """The score of a classifier with hinge loss is not a probability."""
    served = app(tmp_path, "binary_classifier", "hinge_loss")
    assert predictions(ask(served, "3,4")) == [{"score": SCORE, "predicted_label": 1}]


def test_a_multiclass_classifier(tmp_path):
    """The score is a list of probabilities, and predicted_label the place of the highest."""
    served = app(tmp_path, "multiclass_classifier", "softmax_loss")
    first, second = predictions(ask(served, "3,4\n-3,-4"))
    assert sum(first["score"]) == pytest.approx(1)
    assert [first["predicted_label"], second["predicted_label"]] == [0, 1]
    raw = np.array([5.25, -6, -2.5])
    np.testing.assert_allclose(first["score"], np.exp(raw) / np.exp(raw).sum(), rtol=1e-5)


def test_json_lines(tmp_path):
    """JSON lines have one prediction a line."""
    served = app(tmp_path, "binary_classifier", "logistic")
    status, body, content_type = ask(served, "3,4\n0,0", accept="application/jsonlines")
    assert (status, content_type) == (200, "application/jsonlines")
    lines = body.decode().splitlines(keepends=True)
    assert [sorted(json.loads(line)) for line in lines] == [["predicted_label", "score"]] * 2
    assert all(line.endswith("}\n") for line in lines)


def test_recordio(tmp_path):
    """A RecordIO answer has the labels `score` and `predicted_label`, as the SDK reads them."""
    served = app(tmp_path, "multiclass_classifier", "softmax_loss")
    status, body, content_type = ask(served, "3,4\n-3,-4", accept=RECORDIO)
    assert (status, content_type) == (200, RECORDIO)
    records = [
        recordio_protobuf.read_record(frame)[1] for frame in recordio_protobuf.read_frames(body)
    ]
    assert [record["predicted_label"].values.tolist() for record in records] == [[0], [1]]
    assert [len(record["score"].values) for record in records] == [3, 3]


@pytest.mark.parametrize("accept", ["", "*/*", "text/csv", "application/json", "image/png"])
def test_whatever_else_is_accepted(tmp_path, accept):
    """There is no CSV: text/csv gets JSON (aws/sagemaker-python-sdk issue 993)."""
    assert predictions(ask(app(tmp_path), "3,4", accept=accept)) == [{"score": SCORE}]


@pytest.mark.parametrize("content_type", ["x/y", "", "csv", "text/libsvm", "text/csv;label_size=1"])
def test_unknown_content_types(tmp_path, content_type):
    """Another content type is refused with AWS's text."""
    assert ask(app(tmp_path), "3,4", content_type)[:2] == (
        415,
        f"Customer Error: Content-Type header value '{content_type}' not supported (caused by "
        "KeyError)".encode(),
    )


def test_a_row_of_another_width(tmp_path):
    """A row of four features for a model of two is refused (aws/sagemaker-python-sdk issue 345)."""
    assert ask(app(tmp_path), "1,2,3,4")[:2] == (400, b"unable to evaluate payload provided")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/csv", "a,b"),
        ("text/csv", "1,"),
        ("text/csv", "1,nan"),
        ("text/csv", "1,1e999"),
        ("text/csv", "1,2\n3"),
        ("text/csv", b"\xff,1"),
        ("text/csv", "\n"),
        (JSON, "{"),
        (JSON, "[1, 2]"),
        (JSON, '{"instances": []}'),
        (JSON, '{"instances": {}}'),
        (JSON, '{"instances": [[3, 4]]}'),
        (JSON, '{"instances": [{"features": [3, "4"]}]}'),
        (JSON, '{"instances": [{"features": [3, true]}]}'),
        (JSON, '{"instances": [{"features": [3, null]}]}'),
        (JSON, '{"instances": [{"features": [3, NaN]}]}'),
        (JSON, '{"instances": [{"features": [3, 4]}, {"features": [3]}]}'),
        (JSON, '{"instances": [{"features": {"values": [3], "keys": [2], "shape": [2]}}]}'),
        (JSON, '{"instances": [{"features": {"values": [3], "keys": [-1], "shape": [2]}}]}'),
        (JSON, '{"instances": [{"features": {"values": [3], "keys": [0.5], "shape": [2]}}]}'),
        (JSON, '{"instances": [{"features": {"values": [3], "keys": [1]}}]}'),
        (JSON, '{"instances": [{"features": {"values": [3], "keys": [1], "shape": [1e300]}}]}'),
        (JSON, '{"instances": [{"features": {"values": [3], "keys": [1], "shape": [2.5]}}]}'),
        (JSON, '{"instances": [{"features": {"values": [3, 4], "keys": [1], "shape": [2]}}]}'),
        (JSON, f'{{"instances": [{{"features": [3, {10**400}]}}]}}'),
        (JSON, b"\xff"),
        (JSON, "[" * 100_000),
        ("application/jsonlines", '{"features": [3, 4]}\n{"features": [3, 4]'),
        ("application/jsonlines", "3,4"),
        (RECORDIO, b"junk"),
        (RECORDIO, to_records(np.array([[1.0]]), None)),
    ],
)
def test_bodies_that_cannot_be_evaluated(tmp_path, content_type, body):
    """A body that isn't numbers of the right width gets AWS's short text."""
    answer = ask(app(tmp_path), body, content_type)
    assert answer[:2] == (400, b"unable to evaluate payload provided")


@given(
    st.sampled_from(["text/csv", JSON, "application/jsonlines", RECORDIO]), st.binary(min_size=1)
)
def test_any_bytes_are_answered(tmp_path_factory, content_type, body):
    """Random bytes are predicted or refused, never a failure of the container."""
    served = app(tmp_path_factory.getbasetemp())
    assert ask(served, body, content_type)[0] in (200, 400)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["features", "values", "keys", "shape", "data"]), inner)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_any_json_is_answered(tmp_path_factory, instance):
    """Any JSON as an instance is predicted or refused."""
    served = app(tmp_path_factory.getbasetemp())
    body = json.dumps({"instances": [instance]})
    assert ask(served, body, JSON)[0] in (200, 400)
    assert ask(served, json.dumps(instance), "application/jsonlines")[0] in (200, 400)


def test_other_routes(tmp_path):
    """The container answers a ping, and says how a batch transform may call it."""
    served = app(tmp_path)
    assert served.answer("GET", "/ping", {}, b"")[0] == 200
    parameters = json.loads(served.answer("GET", "/execution-parameters", {}, b"")[1])
    assert parameters["BatchStrategy"] == "MULTI_RECORD"
