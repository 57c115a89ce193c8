"""The channels of a job: forms of data, and the texts of what is refused."""

import numpy as np
import pytest
import scipy.sparse
from support.linear_learner_job import CSV, FEATURES, LABELS, to_csv, to_records


@pytest.mark.parametrize("sparse", [True, False])
def test_recordio(run, sparse):
    """Dense and sparse records train as CSV does; no ContentType means RecordIO-protobuf."""
    features = FEATURES.copy()
    features[::2, 0] = 0
    table = scipy.sparse.csr_matrix(features) if sparse else features
    by_csv, _ = run(to_csv(features.astype(np.float32), LABELS.astype(np.float32)))
    for content_type in (None, "application/x-recordio-protobuf"):
        model, _ = run(to_records(table, LABELS), content_type=content_type)
        np.testing.assert_allclose(model.weight, by_csv.weight, rtol=2e-3)


def test_several_files(run):
    """All files of a channel are read, in the order of their names."""
    lines = CSV.splitlines(keepends=True)
    files = {"a.csv": "".join(lines[:50]), "b/c.csv": "".join(lines[50:]), "empty.csv": ""}
    assert np.array_equal(run(files)[0].weight, run(CSV)[0].weight)


@pytest.mark.parametrize("content_type", ["csv", "text/libsvm", "application/json"])
def test_unknown_content_types(fail, content_type):
    """A content type without a reader is refused with AWS's text."""
    assert fail(content_type=content_type) == (
        f"Customer Error: No iterator has been registered for ContentType (u'{content_type}', "
        "'1.0')"
    )


@pytest.mark.parametrize("number", [1, 25])
def test_text_in_csv(fail, number):
    """Text in a CSV fails with the rows of its batch and the file (issue 1017 of the examples)."""
    lines = CSV.splitlines(keepends=True)
    lines[number - 1] = '"(262144,[4660,9021],[0.0,1.0])",1,2,3\n'
    first = {1: 1, 25: 21}[number]
    assert fail("".join(lines)) == (
        f"Customer Error: Unable to parse csv: rows {first}-{first + 9}, file "
        "/opt/ml/input/data/train/part-00000\n\n"
        f"Caused by: row {number}: could not convert string to float: "
        "'(262144,[4660,9021],[0.0,1.0])'"
    )


def test_a_header(fail):
    """A header is text too."""
    assert fail("y,a,b\n" + CSV).startswith("Customer Error: Unable to parse csv: rows 1-10, file ")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("", "Found missing (NaN) values. Please remove any missing (NaN) values in the input "
         "data."),
        ("nan", "Found missing (NaN) values."),
        ("inf", "Found infinite floating point values. Please remove any infinite floating point "
         "values in the input data."),
        ("1e39", "Found infinite floating point values."),
    ],
)  # fmt: skip
def test_missing_and_infinite_values(fail, cell, text):
    """Missing and infinite values are refused with AWS's texts."""
    start = "Customer Error: Unable to read data channel 'validation'. "
    assert fail(more={"validation": CSV + f"1,2,{cell},3\n"}).startswith(start + text)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (CSV, None),
        (b"junk", "application/x-recordio-protobuf"),
        ("1\n2\n", "text/csv"),
        ({"a": CSV, "b": "1,2\n"}, "text/csv"),
    ],
)
def test_data_of_another_form(fail, content, content_type):
    """Data that doesn't fit to its content type is refused with AWS's text."""
    shown = content_type or "application/x-recordio-protobuf"
    assert fail(content, content_type=content_type).startswith(
        f"Customer Error: Unable to read data channel 'train'. Requested content-type is '{shown}'."
        " Please verify the data matches the requested content-type. (caused by MXNetError)\n\n"
        "Caused by: "
    )


def test_records_without_labels(fail):
    """Records without labels can't train."""
    text = fail(to_records(FEATURES, None), content_type=None)
    assert text.endswith("Caused by: 0 labels for 120 records")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"mini_batch_size": 121}, "mini_batch_size 121 is larger than the number of records in the"
         " train channel, 120. Please set mini_batch_size to at most 120."),
        ({"feature_dim": 4}, "The feature dimension of the input: 3 does not match the feature "
         "dimension of the model: 4. Please fix the input and try again."),
        ({"more": {"test": "1,2,3\n"}}, "The feature dimension of the input: 2 does not match the "
         "feature dimension of the model: 3. Please fix the input and try again."),
        ({"more": {"validation": {}}}, "No data in the channel 'validation'."),
        ({"train": ""}, "No data in the channel 'train'."),
        ({"more": {"extra": CSV}}, "Unknown channel 'extra'. The channels of this algorithm are: "
         "train, validation, test."),
        ({"train": None, "more": {"test": CSV}}, "Missing required channel: train"),
        ({"predictor_type": None}, "No value(s) were specified for 'predictor_type' which are "
         "required hyperparameter(s)"),
        ({"content_type": "text/csv;label_size=0"}, "The content type 'text/csv;label_size=0' of a "
         "channel must have label_size=1: the label is the first column."),
    ],
)  # fmt: skip
def test_other_refusals(fail, changes, text):
    """What else is wrong with a job is said in one sentence, with what to do."""
    assert fail(**changes) == f"Customer Error: {text}"


@pytest.mark.parametrize(
    ("kind", "highest"), [("binary_classifier", 1), ("multiclass_classifier", 2)]
)
def test_labels_of_classes(fail, kind, highest):
    """Labels of a classifier are whole numbers from 0; the text has the first other one."""
    text = fail(predictor_type=kind, num_classes=3)
    assert text == (
        f"Customer Error: The labels of predictor_type '{kind}' must be whole numbers from 0 to "
        f"{highest}. Found {np.float32(LABELS[0]):g} in row 1 of channel 'train'."
    )


def test_models_that_diverge(fail):
    """If all models diverge, the job fails with what to do."""
    text = fail(optimizer="sgd", learning_rate=1e30, code=1)
    assert text.startswith("Algorithm Error: All models have diverged: their loss is not a number.")


def test_one_of_the_models_may_diverge(run):
    """A model that diverges leaves the others as they are."""
    model, _ = run(optimizer="sgd", momentum=0.999, num_models=4)
    assert np.isfinite(model.weight).all()
