"""The packages of the XGBoost image, in this process: what they read, save, refuse and say."""

import importlib
import socket
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import xgboost
from support import instances, jobs

from helpers.local.containers.script import image_packages
from helpers.local.containers.xgboost import FRAMEWORK

BOSTON = instances.boston()
NAMES = ("sagemaker_algorithm_toolkit", "sagemaker_containers", "sagemaker_xgboost_container")
OWN = (*NAMES, image_packages.SHARED)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the packages as a job has them."""
    folder = tmp_path_factory.mktemp("packages") / "packages"
    image_packages.copy(FRAMEWORK, folder)
    return folder


@pytest.fixture(scope="module")
def load(folder):
    """Return load(name), which imports a module of the package sagemaker_xgboost_container."""

    def load(name: str) -> ModuleType:
        return importlib.import_module(f"sagemaker_xgboost_container.{name}")

    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield load
    for name in [name for name in sys.modules if name.split(".")[0] in OWN]:
        del sys.modules[name]


@pytest.fixture
def data(load) -> ModuleType:
    return load("data_utils")


@pytest.fixture
def checkpointing(load) -> ModuleType:
    return load("checkpointing")


@pytest.fixture
def encoder(load) -> ModuleType:
    return load("encoder")


@pytest.fixture
def distributed(load) -> ModuleType:
    return load("distributed")


def rows(matrix: xgboost.DMatrix) -> np.ndarray:
    """Return the label and the features of a matrix, shape (rows, 1 + columns)."""
    return np.column_stack([matrix.get_label(), matrix.get_data().toarray()])


def train_args(matrix: xgboost.DMatrix, rounds: int) -> dict:
    return {"params": instances.PARAMS, "dtrain": matrix, "num_boost_round": rounds}


def test_nothing_of_the_course_is_imported(load, folder):
    """The copies have a name of their own: a learner's own module may be called `helpers`."""
    files = list(folder.rglob("*.py"))
    assert [file for file in files if "import helpers" in file.read_text()] == []
    assert [file for file in files if "from helpers" in file.read_text()] == []
    assert len(files) > len(FRAMEWORK.shared_modules)


def test_the_packages_come_last():
    """On PYTHONPATH the guard comes first, and the packages after what is the user's own."""
    path = image_packages.python_path(Path("/opt/job"), "/own", "")
    assert path == "/opt/job/guard:/own:/opt/job/packages"


def test_files_folders_and_lists(data, tmp_path):
    """A file, a folder with folders in it, and a list of both are read."""
    first, second, third = np.split(BOSTON[:6], 3)
    (tmp_path / "a/b").mkdir(parents=True)
    for name, part in (("a/1.csv", first), ("a/b/2.csv", second), ("3.csv", third)):
        (tmp_path / name).write_bytes(instances.as_csv(part))
    read = {
        "file": data.get_dmatrix(str(tmp_path / "3.csv"), "csv"),
        "folder": data.get_dmatrix(str(tmp_path / "a"), "csv"),
        "list": data.get_dmatrix([str(tmp_path / "a"), str(tmp_path / "3.csv")], "CSV"),
    }
    assert np.array_equal(rows(read["file"]), third)
    assert np.array_equal(rows(read["folder"]), BOSTON[:4])
    assert np.array_equal(rows(read["list"]), BOSTON[:6])


def test_weights_of_a_csv(data, tmp_path):
    """With csv_weights=1 the second column has the weights."""
    (tmp_path / "a.csv").write_text("1,0.5,3\n2,0.25,4\n")
    matrix = data.get_dmatrix(str(tmp_path), "csv", csv_weights=1)
    assert matrix.get_weight().tolist() == [0.5, 0.25]
    assert matrix.num_col() == 1


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (None, "libsvm"),
        ("text/x-libsvm", "libsvm"),
        ("TEXT/CSV; label_size=1", "csv"),
        ("application/x-parquet", "parquet"),
        ("application/x-recordio-protobuf", "recordio-protobuf"),
    ],
)
def test_content_types(data, content_type, expected):
    """A content type has the format that get_dmatrix takes."""
    assert data.get_content_type(content_type) == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere", "csv"), "Failed to load csv data with exception:\nNo file in nowhere"),
        ((".", "libsvm"), "Failed to load libsvm data with exception:\nNo file in ."),
        ((".", "text/csv"), "expected one of csv, libsvm, parquet, recordio-protobuf, got text/"),
        ((".", "libsvm", 0, True), "Pipe mode not supported for LibSVM."),
        ((".", "parquet", 0, True), "Pipe mode for Parquet is no longer supported. Please use "),
    ],
)
def test_refused_data(data, tmp_path, monkeypatch, arguments, message):
    """What can't be read is an error of the user, with a text that says what to do."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(data.UserError) as caught:
        data.get_dmatrix(*arguments)
    assert str(caught.value).startswith(message)
    assert type(caught.value).__module__ == "sagemaker_algorithm_toolkit.exceptions"


def test_sizes(data, tmp_path):
    """The size is that of a file, or of all files below a folder; a hidden file is refused."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x.csv").write_text("1,2\n")
    (tmp_path / "y.csv").write_text("1\n")
    sizes = [data.get_size(str(tmp_path / name)) for name in ("", "a/x.csv", "nowhere")]
    assert sizes == [6, 4, 0]
    (tmp_path / "a/.hidden").touch()
    with pytest.raises(data.UserError, match="Hidden file found in the data path!"):
        data.get_size(str(tmp_path))


def test_training_continues_from_a_checkpoint(checkpointing, tmp_path):
    """Rounds after a restart make the model that training without a pause makes."""
    matrix = xgboost.DMatrix(BOSTON[:, 1:], label=BOSTON[:, 0], nthread=1)
    folder = tmp_path / "checkpoints"
    assert checkpointing.load_checkpoint(str(folder)) == (None, 0)
    checkpointing.train(train_args(matrix, 4), str(folder))
    arguments = train_args(matrix, 9)
    model = checkpointing.train(arguments, str(folder))
    assert arguments == train_args(matrix, 9)
    whole = xgboost.train(instances.PARAMS, matrix, 9)
    assert np.array_equal(model.predict(matrix), whole.predict(matrix))
    path, count = checkpointing.load_checkpoint(str(folder))
    assert (path, count) == (str(folder / "xgboost-checkpoint.8"), 9)
    assert xgboost.Booster(model_file=path).num_boosted_rounds() == 9


def test_five_checkpoints_are_kept(checkpointing, tmp_path):
    """The newest five of a run are kept; those of earlier runs are not deleted."""
    matrix = xgboost.DMatrix(BOSTON[:, 1:], label=BOSTON[:, 0], nthread=1)
    checkpointing.train(train_args(matrix, 2), str(tmp_path))
    saving = checkpointing.save_checkpoint(str(tmp_path), num_round=8)
    xgboost.train(**train_args(matrix, 8), callbacks=[saving])
    numbers = sorted(int(file.suffix[1:]) for file in tmp_path.iterdir())
    assert numbers == [0, 1, 5, 6, 7, 8, 9]


def test_a_checkpoint_needs_the_number_of_rounds(checkpointing, tmp_path):
    """Without the number of rounds, training fails after the first checkpoint, as on AWS."""
    matrix = xgboost.DMatrix(BOSTON[:, 1:], label=BOSTON[:, 0], nthread=1)
    saving = checkpointing.save_checkpoint(str(tmp_path))
    with pytest.raises(TypeError, match="pass num_round"):
        xgboost.train(**train_args(matrix, 3), callbacks=[saving])
    assert [file.name for file in tmp_path.iterdir()] == ["xgboost-checkpoint.0"]


def test_only_rank_0_saves(checkpointing, tmp_path):
    """A callback of another rank saves nothing."""
    matrix = xgboost.DMatrix(BOSTON[:, 1:], label=BOSTON[:, 0], nthread=1)
    saving = checkpointing.SaveCheckpointCallBack(str(tmp_path), num_round=2, rank=1)
    xgboost.train(**train_args(matrix, 2), callbacks=[saving])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("text/csv; charset=utf8", "1,2\n,4", [[1, 2], [np.nan, 4]]),
        ("text/csv", b"1 2\n3 4", [[1, 2], [3, 4]]),
        ("text/libsvm", "7 0:1 2:3\n0:4", [[1, 0, 3], [4, 0, 0]]),
        ("text/x-libsvm", b"1:1 3:3\n2:5\n", [[1, 0, 3], [0, 5, 0]]),
    ],
)
def test_the_body_of_a_request(encoder, content_type, body, expected):
    """A body is decoded by its content type; libsvm without an index 0 counts from 1."""
    decoded = encoder.decode(body, content_type)
    matrix = xgboost.DMatrix(np.array(expected, float))
    assert decoded.num_row() == matrix.num_row()
    assert decoded.num_nonmissing() == matrix.num_nonmissing()
    assert np.array_equal(decoded.get_data().toarray(), matrix.get_data().toarray())


def test_records_in_a_request(encoder):
    """RecordIO-protobuf is decoded, with its labels."""
    decoded = encoder.decode(instances.as_records(BOSTON[:3]), "application/x-recordio-protobuf")
    assert np.array_equal(rows(decoded), BOSTON[:3])


def test_other_content_types_of_a_request(encoder):
    """Other content types are refused, with the text of AWS's container."""
    with pytest.raises(encoder.UnsupportedFormatError, match="Content type image/png is not suppo"):
        encoder.decode("", "image/png")


def test_lines_of_json(encoder):
    """An object with one list becomes a line of JSON for each entry."""
    assert encoder.json_to_jsonlines({"predictions": [{"a": 1}, 2]}) == b'{"a": 1}\n2\n'
    with pytest.raises(ValueError, match="not compatible for conversion to jsonlines"):
        encoder.json_to_jsonlines("{}")


def test_a_tracker_that_cannot_be_reached(distributed):
    """A host tries as often as it is told, and then fails."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    settings = {"max_connect_attempts": 2, "connect_retry_timeout": 0.1, "port": port}
    hosts = ["127.0.0.1", "localhost"]
    with pytest.raises(ConnectionError, match=r"Rabit Tracker, current_host=localhost"):
        distributed.Rabit(hosts, "localhost", **settings).start()
    with pytest.raises(ValueError, match="must be None or an integer greater than 0"):
        distributed.Rabit(hosts, max_connect_attempts=0)


@pytest.mark.parametrize(("seconds", "is_said"), [(2.9, False), (3.1, True)])
def test_waiting_longer_than_on_aws(distributed, caplog, seconds, is_said):
    """A host that waited longer than it may on AWS says so."""
    distributed.Rabit(["algo-1", "algo-2"], "algo-1")._warn_about_waiting(seconds)
    assert ("On AWS the job fails if that is more" in caplog.text) == is_said


def test_one_host_alone(distributed):
    """A job with one host needs no tracker; the function is told that it is the master."""
    calls = []
    arguments = {"value": jobs.ROWS}
    distributed.rabit_run(
        lambda **keywords: calls.append(keywords),
        arguments,
        include_in_training=True,
        hosts=["algo-1"],
        current_host="algo-1",
        update_rabit_args=True,
    )
    assert calls == [{"value": jobs.ROWS, "is_master": True}]


def test_what_is_missing_of_sagemaker_containers(load):
    """Other functions of the package are named as missing, with what to use in their place."""
    entry_point = importlib.import_module("sagemaker_containers.entry_point")
    with pytest.raises(AttributeError, match=r"'run' .*use sagemaker_training.entry_point"):
        entry_point.run("s3://bucket/code", "train.py", [])
