"""Filter, join, filter: batch transform's DataProcessing over records and answers."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.local.runtime.transform.data_processing import (
    DataError,
    InvalidFilterError,
    parse_processing,
    processing_of_job,
)
from helpers.local.runtime.transform.json_path import PathError

CSV, JSON, LINES = "text/csv", "application/json", "application/jsonlines"


def csv_plan(**members):
    """Return a plan for CSV in and out, with all that it needs."""
    return parse_processing(members, CSV, CSV, "Line", "Line")


def test_defaults_change_nothing():
    """With the defaults any content type is accepted, and the bytes are passed on."""
    for members in ({}, {"InputFilter": "$", "JoinSource": "None", "OutputFilter": "$"}):
        processing = parse_processing(members, "image/png", None)
        record, answer = b"\x89\xff\n\n", b"\x00\r\n"
        assert processing.input(record) is record
        assert processing.output([record], answer) is answer


def test_output_an_id_with_the_prediction():
    """As in the guide, the ID column is kept from the model and stored beside the result."""
    processing = csv_plan(InputFilter="$[1:]", JoinSource="Input", OutputFilter="$[0,-1]")
    records = [b"id1,1,2,3", b"id2,4,5,6"]
    assert [processing.input(record) for record in records] == [b"1,2,3", b"4,5,6"]
    assert processing.output(records, b"0.5\n0.75\n") == b"id1,0.5\nid2,0.75\n"


def test_join_appends_the_prediction():
    """Joining `[1,2,3]` and `[1]` gives `[1,2,3,1]`, and several predictions are all added."""
    assert csv_plan(JoinSource="Input").output([b"1,2,3"], b"1") == b"1,2,3,1"
    assert csv_plan(JoinSource="Input").output([b"1,2"], b"0.1,0.9\n") == b"1,2,0.1,0.9\n"


def test_filter_without_join():
    """Without a join the output filter sees the prediction only, as a row of fields."""
    assert csv_plan(OutputFilter="$[1]").output([b"9,9", b"8,8"], b"1,2\n3,4\n") == b"2\n4\n"


def test_quotes():
    """Commas in quoted fields don't separate, and fields that need quotes are quoted again."""
    processing = csv_plan(InputFilter="$[1:]", JoinSource="Input", OutputFilter="$[0,-1]")
    record = b'"Doe, ""J""",1,"2"'
    assert processing.input(record) == b"1,2"
    assert processing.output([record], b"0.5\n") == b'"Doe, ""J""",0.5\n'


@given(
    st.lists(
        st.lists(st.text('a1.5 ,"é', min_size=1, max_size=4), min_size=2, max_size=2),
        min_size=1,
        max_size=4,
    )
)
def test_join_keeps_every_cell(rows):
    """The csv module reads joined rows back, however odd the cells are."""
    records = [
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row).encode() for row in rows
    ]
    answer = b"".join(b"%d\n" % number for number in range(len(rows)))
    stored = csv_plan(JoinSource="Input").output(records, answer).decode()
    read = list(csv.reader(stored.splitlines(), strict=True))
    assert read == [[*row, str(number)] for number, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("record", "joined"),
    [
        ({"key": 1}, {"key": 1, "SageMakerOutput": {"label": 1}}),
        ([1, 2], {"SageMakerInput": [1, 2], "SageMakerOutput": {"label": 1}}),
        (5, {"SageMakerInput": 5, "SageMakerOutput": {"label": 1}}),
        ({"SageMakerOutput": 0}, {"SageMakerOutput": {"label": 1}}),
    ],
)
def test_join_json(record, joined):
    """The result becomes a member of the input object, or both become members of a new one."""
    processing = parse_processing({"JoinSource": "Input"}, JSON, JSON)
    stored = processing.output([json.dumps(record, indent=1).encode()], b'{"label": 1}')
    assert json.loads(stored) == joined


def test_json_lines():
    """A request with many JSON lines has one object a line, and text keeps its characters."""
    members = {
        "InputFilter": "$.features",
        "JoinSource": "Input",
        "OutputFilter": "$['id','SageMakerOutput']",
    }
    processing = parse_processing(members, LINES, LINES, "Line", "Line")
    records = ['{"id": "é", "features": [1, 2]}'.encode(), b'{"id": 2, "features": [3]}']
    assert [processing.input(record) for record in records] == [b"[1,2]", b"[3]"]
    stored = processing.output(records, b'{"score": 0.5}\n0.25\n')
    assert stored.decode() == (
        '{"id":"é","SageMakerOutput":{"score":0.5}}\n{"id":2,"SageMakerOutput":0.25}\n'
    )


def test_json_lines_without_split():
    """Without a split, an object of JSON lines is joined line by line as well."""
    processing = parse_processing({"InputFilter": "$.a", "JoinSource": "Input"}, LINES, LINES)
    whole = b'{"a": 1}\n{"a": 2}\n'
    assert processing.input(whole) == b"1\n2"
    stored = processing.output([whole], b"10\n20\n")
    assert stored == b'{"a":1,"SageMakerOutput":10}\n{"a":2,"SageMakerOutput":20}\n'


@pytest.mark.parametrize("answer", [b"1\n", b"1\n2\n3\n", b""])
def test_another_number_of_predictions(answer):
    """If the number of predictions differs, the job fails instead of writing a wrong file."""
    with pytest.raises(DataError, match="2 input records"):
        csv_plan(JoinSource="Input").output([b"1", b"2"], answer)


def test_what_can_not_be_read():
    """Unreadable records are reported with the texts of AWS's data log."""
    processing = csv_plan(InputFilter="$[0]", JoinSource="Input")
    with pytest.raises(DataError, match='Failed to parse input as CSV: bare " in non quoted field'):
        processing.input(b'a"b,1')
    text = 'Failed to parse output from the algorithm as CSV: bare " in non quoted'
    with pytest.raises(DataError, match=text):
        processing.output([b"1"], b'    "predictions": [[1.5')
    with pytest.raises(DataError, match="Failed to parse input as JSON"):
        parse_processing({"InputFilter": "$.a"}, JSON, JSON).input(b"{")
    with pytest.raises(DataError, match="Failed to parse input as CSV: 'utf-8'"):
        processing.input(b"\xff")
    with pytest.raises(PathError, match="index 5 is out of range: the array has 2"):
        csv_plan(InputFilter="$[5]").input(b"1,2")


@pytest.mark.parametrize(
    ("members", "content_type", "accept", "split_type", "assemble_with", "text"),
    [
        ({"InputFilter": "$[1:]"}, None, None, "Line", "None", "ContentType.*not set"),
        ({"InputFilter": "$[1:]"}, "text/libsvm", CSV, "Line", "Line", "It is text/libsvm"),
        ({"JoinSource": "Input"}, CSV, None, "Line", "Line", "TransformOutput.Accept"),
        ({"JoinSource": "Input"}, CSV, CSV, "None", "Line", "SplitType Line.*It is None"),
        ({"JoinSource": "Input"}, CSV, CSV, "Line", "None", "AssembleWith Line.*It is None"),
        ({"OutputFilter": "$[0]"}, CSV, CSV, "Line", "None", "AssembleWith Line"),
        ({"JoinSource": "Input"}, CSV, JSON, "Line", "Line", "can't join text/csv"),
        ({"JoinSource": "Input", "OutputFilter": "$.a"}, CSV, CSV, "Line", "Line", "Unexpected"),
    ],
)
def test_combinations_that_are_refused(
    members, content_type, accept, split_type, assemble_with, text
):
    """Combinations that the guide excludes are refused at creation, with what to set."""
    with pytest.raises(InvalidFilterError, match=text):
        parse_processing(members, content_type, accept, split_type, assemble_with)


def test_media_types_may_have_parameters():
    """The media type `text/csv; charset=utf-8` is treated as CSV."""
    processing = parse_processing({"InputFilter": "$[0]"}, "Text/CSV; charset=utf-8", None, "Line")
    assert processing.input(b"1,2") == b"1"


def test_plan_of_job():
    """A plan is made from a request without DataProcessing, and from one with all of it."""
    job = {"TransformInput": {"ContentType": CSV, "SplitType": "Line"}, "TransformOutput": {}}
    assert processing_of_job(job).output([b"1"], b"x") == b"x"
    job["TransformOutput"] = {"Accept": CSV, "AssembleWith": "Line"}
    job["DataProcessing"] = {"JoinSource": "Input"}
    assert processing_of_job(job).output([b"1"], b"2\n") == b"1,2\n"
