"""Training data: which files are read, and how a cell is interpreted."""

import numpy as np
import pytest
from support.xgboost_job import FIVE_ROWS, Job, image

from helpers.local.containers.toolkit import channel_files
from helpers.local.containers.toolkit.errors import UserError
from helpers.local.containers.xgboost import training_data
from helpers.local.containers.xgboost.training_data import Options


def dense(matrix):
    """Return a DMatrix as rows of numbers, NaN where a value is missing."""
    table = matrix.get_data()
    result = np.full(table.shape, np.nan)
    for row in range(table.shape[0]):
        span = slice(table.indptr[row], table.indptr[row + 1])
        result[row, table.indices[span]] = table.data[span]
    return result


def load_csv(tmp_path, text, **options):
    (tmp_path / "data.csv").write_bytes(text.encode())
    return training_data.load([tmp_path], Options("csv", **options))


@pytest.mark.parametrize(
    ("cell", "feature"),
    [
        ("1e3", 1000), ("1e-10", 1e-10), ("1abc", 1), ("2023-01-26", 2023), ("3/4/2020", 3),
        ("0x10", 0), ("0", 0), ("", np.nan), ("NA", np.nan), ("male", np.nan), ("True", np.nan),
        ('"5"', np.nan), ("$3", np.nan), ("nan", np.nan), ("foo", 0), ("False", 0), ("female", 0),
    ],
)  # fmt: skip
def test_what_a_cell_means(tmp_path, cell, feature):
    """A cell is read as its longest leading number, else missing, or 0 if it starts with f."""
    found = dense(load_csv(tmp_path, f"1,{cell},7\n"))
    assert found[0].tolist() == pytest.approx([feature, 7], nan_ok=True)


@pytest.mark.parametrize("label", ["", "yes", "NA", "False", '"5"'])
def test_a_label_that_is_not_a_number_is_zero(tmp_path, label):
    """Text or nothing as a label counts as 0."""
    assert load_csv(tmp_path, f"3,1,2\n{label},1,2\n").get_label().tolist() == [3, 0]


def test_infinity_is_refused(tmp_path):
    """Text that starts with `inf` is infinity, which xgboost refuses."""
    with pytest.raises(UserError, match="Input data contains `inf`"):
        load_csv(tmp_path, "1,INFLATABLE,2\n")


def test_short_rows_and_windows_lines(tmp_path):
    """A row may end early (the rest is missing), with a comma, or with CRLF."""
    found = dense(load_csv(tmp_path, "1,2,3\r\n4,5\r\n6,7,8,\r\n"))
    assert found.tolist() == pytest.approx(np.array([[2, 3], [5, np.nan], [7, 8]]), nan_ok=True)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
def test_delimiters(tmp_path, delimiter):
    """The delimiter is detected from the first line."""
    text = "\n".join(delimiter.join(row) for row in (["1", "2.5", "3"], ["4", "5.5", "6"]))
    assert dense(load_csv(tmp_path, text)).tolist() == [[2.5, 3], [5.5, 6]]


def test_no_delimiter(tmp_path):
    """A line without any delimiter is reported as the user's error."""
    with pytest.raises(UserError, match=r"^Could not determine delimiter on line \n:\nCould"):
        load_csv(tmp_path, "\n1,2\n")


def test_weights(tmp_path):
    """csv_weights takes the second column as instance weights."""
    matrix = load_csv(tmp_path, "1,0.5,7\n2,1,8\n", csv_weights=1)
    assert matrix.get_weight().tolist() == [0.5, 1]
    assert dense(matrix).tolist() == [[7], [8]]


def test_files_in_name_order(tmp_path):
    """A channel's files form one table in the order of their names, with or without a newline."""
    (tmp_path / "empty.csv").touch()
    (tmp_path / "sub").mkdir()
    for number in np.random.default_rng(0).permutation(20):
        folder = tmp_path / "sub" if number % 3 == 0 else tmp_path
        end = "\n" if number % 2 else ""
        (folder / f"file-{number:02}.csv").write_text(f"{number},0,1{end}")
    (tmp_path / "a.csv").write_text("99,0,1")
    assert training_data.load([tmp_path], Options("csv")).get_label().tolist() == [99, *range(20)]


def test_libsvm(tmp_path):
    """Indices are unchanged, absent values are missing, and weights and qid are read."""
    (tmp_path / "d.libsvm").write_text("1 1:2 4:0\n0 2:5\n")
    matrix = training_data.load([tmp_path], Options("libsvm"))
    nan = np.nan
    expected = [[nan, 2, nan, nan, 0], [nan, nan, 5, nan, nan]]
    assert dense(matrix).tolist() == pytest.approx(np.array(expected), nan_ok=True)
    (tmp_path / "d.libsvm").write_text("1:0.5 1:2\n0:2 2:5\n")
    assert training_data.load([tmp_path], Options("libsvm")).get_weight().tolist() == [0.5, 2]
    (tmp_path / "d.libsvm").write_text("1 qid:1 1:2\n0 qid:1 2:5\n1 qid:2 1:1\n")
    assert training_data.load([tmp_path], Options("libsvm")).get_group().tolist() == [2, 1]


def test_libsvm_check(tmp_path):
    """The first line decides about libsvm; a file without features only gets a warning."""
    for text in ("1 1:2 3:4\n", "1:0.5 1:2 3:4\n", "0\n1 1:2 3:4\n", "0\n0\n"):
        (tmp_path / "d").write_text(text)
        training_data.check(tmp_path, "libsvm", image())
    for text in ("1,2,3\n", "a 1:2\n", "1 2 3\n", "1:2:3 1:2\n"):
        (tmp_path / "d").write_text(text)
        with pytest.raises(UserError, match=r"of file 'd' is not 'LIBSVM' format"):
            training_data.check(tmp_path, "libsvm", image())


@pytest.mark.parametrize(
    ("version", "warns"), [("3.2-0", True), ("3.0-5", False), ("1.7-1", False)]
)
def test_indices_from_1_are_named_where_requests_shift(tmp_path, caplog, version, warns):
    """Only image 3.2-0 shifts the columns of a request, so only its jobs warn."""
    (tmp_path / "d").write_text("1 1:2 3:4\n")
    training_data.check(tmp_path, "libsvm", image(version))
    assert ("shifts the columns" in caplog.text) is warns


def test_the_folder_that_spark_writes(tmp_path):
    """The empty file _SUCCESS is not data, and does not decide about the delimiter."""
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / "part-00000.csv").write_text("1,2,3\n0,4,5\n")
    training_data.check(tmp_path, "csv", image())
    matrix = training_data.load([tmp_path], Options("csv"))
    assert matrix.get_label().tolist() == [1, 0]


@pytest.mark.parametrize("csv_weights", [0, 1])
def test_parquet(tmp_path, csv_weights, caplog):
    """In Parquet the first column is the label, all others are features; no index is read."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"y": [1, 2], "w": [0.5, None], "x": [True, False]}, index=["a", "b"])
    frame.to_parquet(tmp_path / "part.parquet")
    matrix = training_data.load([tmp_path], Options("parquet", csv_weights))
    assert matrix.get_label().tolist() == [1, 2]
    assert matrix.num_col() == 2
    assert matrix.get_weight().size == 0
    assert ("csv_weights has no effect on Parquet" in caplog.text) == bool(csv_weights)


@pytest.mark.parametrize("data_format", ["parquet", "recordio-protobuf"])
def test_broken_data(tmp_path, data_format):
    """Bytes that aren't in the declared format are reported as the user's error."""
    (tmp_path / "part").write_bytes(b"nonsense")
    with pytest.raises(UserError, match=rf"^Failed to load {data_format} data with exception:\n"):
        training_data.load([tmp_path], Options(data_format))


def test_hidden_file(tmp_path):
    """A hidden file in a channel stops the job."""
    job = Job(tmp_path, {"train": {"t.csv": FIVE_ROWS, ".DS_Store": "x"}})
    assert job.train() == 1
    text = "\nHidden file found in the data path! Remove that before training."
    assert job.failure.endswith(text)


def test_deep_folders_are_left_out(tmp_path, caplog, capsys):
    """Files below the third folder level aren't read, and the log says so."""
    files_by_path = {"a/b/deep.csv": FIVE_ROWS, "a/b/c/deeper.csv": FIVE_ROWS}
    assert Job(tmp_path, {"train": files_by_path}).train() == 0
    log = capsys.readouterr().out
    assert "Train matrix has 5 rows" in log
    assert "The depth of folder /opt/ml/input/data/train exceed the limit 3." in log


def test_same_file_in_both_channels(tmp_path, capsys):
    """Files of the same name and size in train and validation cause a warning."""
    channels = {"train": {"t.csv": FIVE_ROWS}, "validation": {"t.csv": FIVE_ROWS}}
    assert Job(tmp_path, channels).train() == 0
    log = capsys.readouterr().out
    assert "Suspected identical files found. (/opt/ml/input/data/train/t.csv and " in log


def test_staging_folder_is_removed(tmp_path):
    """The folder of links that a channel is read through is removed afterwards."""
    (tmp_path / "t.csv").write_text(FIVE_ROWS)
    with channel_files.staged([tmp_path], "/shown") as folder:
        assert [link.read_text() for link in folder.iterdir()] == [FIVE_ROWS]
    assert not folder.exists()
    assert not folder.parent.exists()


def test_reading_beside_vanishing_files(tmp_path):
    """xgboost reads all that is beside a folder, so the channel's folder is alone in its own.

    Without that, a job fails if another one's folder under /tmp goes at the wrong moment.
    """
    (tmp_path / "t.csv").write_text(FIVE_ROWS)
    with channel_files.staged([tmp_path], "/shown") as folder:
        assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize(("position", "fails"), [(9, True), (7_000, True), (20_000, False)])
def test_first_line_is_read_strictly(tmp_path, position, fails):
    """A byte that isn't UTF-8 within the first 8 KiB ends the job, further down it trains."""
    rows = b"1,2,3,4\n" * 4_000
    (tmp_path / "t.csv").write_bytes(rows[:position] + b"\xe9" + rows[position:])
    if fails:
        with pytest.raises(UnicodeDecodeError, match="can't decode byte 0xe9 in position"):
            training_data.load([tmp_path], Options("csv"))
    else:
        assert training_data.load([tmp_path], Options("csv")).num_row() == 4_000


def test_a_compressed_csv_ends_with_its_cause(tmp_path):
    """A .csv.gz that was uploaded as it is isn't UTF-8."""
    import gzip

    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"1,2\n" * 500, mtime=0))
    with pytest.raises(UnicodeDecodeError, match="can't decode byte 0x8b in position 1"):
        training_data.load([tmp_path], Options("csv"))
