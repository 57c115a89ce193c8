"""How a transform job sends records to its model, and how the answers are assembled."""

import json

import pytest
from support.jobs import answers, as_csv, as_wide_csv, data_log, numbers, requests_of, run_transform


@pytest.fixture(scope="module")
def logs(client):
    return client("logs")


@pytest.mark.parametrize(
    ("changes", "requests"),
    [
        ({}, 1),
        ({"BatchStrategy": "MultiRecord"}, 1),
        ({"BatchStrategy": "SingleRecord"}, 7),
        ({"input": {"SplitType": "None"}}, 1),
        ({"input": {"SplitType": None}}, 1),
        ({"output": {"AssembleWith": "Line"}}, 1),
        ({"BatchStrategy": "SingleRecord", "output": {"AssembleWith": "Line"}}, 7),
    ],
)
def test_strategies(sagemaker, s3, logs, data, echo, changes, requests):
    """However records are packed, the output has a line for each, and no blank ones."""
    s3.put_object(Bucket=data, Key="test.csv", Body=as_csv(numbers(0, 7)))
    job, written = run_transform(sagemaker, s3, data, echo, **changes)
    assert list(written) == ["test.csv.out"]
    assert written["test.csv.out"].count(b"\n") == 7
    assert answers(written["test.csv.out"]) == numbers(0, 7)
    assert requests_of(logs, job) == requests


def test_the_payload_limit_packs_requests(sagemaker, s3, logs, data, echo):
    """MultiRecord sends as many lines as fit into MaxPayloadInMB, and answers keep their order."""
    values = numbers(0, 30_000)
    s3.put_object(Bucket=data, Key="test.csv", Body=as_wide_csv(values))
    job, written = run_transform(
        sagemaker, s3, data, echo, MaxPayloadInMB=1, MaxConcurrentTransforms=4
    )
    assert answers(written["test.csv.out"]) == values
    assert requests_of(logs, job) == 3  # of at most 10,485 lines
    assert "MaxConcurrentTransforms=4, MaxPayloadInMB=1" in data_log(logs, job)[0]


def test_order_with_many_requests_at_a_time(sagemaker, s3, logs, data, echo):
    """With sixteen concurrent requests of one record, the output is in the input's order."""
    values = numbers(0, 300)
    s3.put_object(Bucket=data, Key="test.csv", Body=as_csv(values))
    job, written = run_transform(
        sagemaker, s3, data, echo, BatchStrategy="SingleRecord", MaxConcurrentTransforms=16
    )
    assert answers(written["test.csv.out"]) == values
    assert requests_of(logs, job) == 300


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        # More than MaxPayloadInMB in one request is not sent.
        ({"input": {"SplitType": "None"}, "MaxPayloadInMB": 1}, "Raise MaxPayloadInMB"),
        # The job may send it, but the container accepts 6 MB, whatever MaxPayloadInMB is.
        ({"input": {"SplitType": "None"}, "MaxPayloadInMB": 100}, "Request Entity Too Large"),
    ],
)
def test_too_large(sagemaker, s3, logs, data, echo, changes, said):
    """A whole object in one request gets 413 where SplitType Line would have helped."""
    s3.put_object(Bucket=data, Key="test.csv", Body=as_wide_csv(numbers(0, 70_000)))
    job, written = run_transform(sagemaker, s3, data, echo, **changes)
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    lines = data_log(logs, job)
    assert lines[1].endswith(f"{data}/test.csv: ClientError: 413")
    assert said in "\n".join(lines)
    assert written == {}


@pytest.mark.parametrize(
    "content", [b"1\r\n2\r\n3\r\n", b"1\n2\n3", b"1\n\n2\n\n\n3\n", b"1\r\n2\n3"]
)
def test_line_ends(sagemaker, s3, data, echo, content):
    """With CRLF, empty lines, or no last line end, each record has one prediction."""
    s3.put_object(Bucket=data, Key="test.csv", Body=content)
    _, written = run_transform(sagemaker, s3, data, echo)
    assert written == {"test.csv.out": written["test.csv.out"]}
    assert answers(written["test.csv.out"]) == [1, 2, 3]


def test_empty_lines_are_named(sagemaker, s3, logs, data, echo):
    """The data log says how many empty lines were left out, and where the first one is."""
    s3.put_object(Bucket=data, Key="test.csv", Body=b"1\n\n2\n\n\n3\n")
    job, _ = run_transform(sagemaker, s3, data, echo)
    said = [line for line in data_log(logs, job) if "empty lines" in line]
    assert len(said) == 1
    assert f"{data}/test.csv: 3 empty lines were left out (the first is line 2)" in said[0]


@pytest.mark.parametrize(
    ("body", "more", "start"),
    [
        (b'1,"2\n', {"InputFilter": "$[0]"}, "Failed to parse input as CSV: "),
        (b"1,2\n", {"InputFilter": "$[5]"}, "Invalid JsonPath: $[5]: "),
    ],
)
def test_errors_of_filters_begin_as_on_aws(sagemaker, s3, logs, data, echo, body, more, start):
    """The data log shows the text of an error of a filter or join, not a class of ours."""
    s3.put_object(Bucket=data, Key="test.csv", Body=body)
    job, _ = run_transform(
        sagemaker,
        s3,
        data,
        echo,
        input={"ContentType": "text/csv", "SplitType": "Line"},
        output={"Accept": "text/csv", "AssembleWith": "Line"},
        DataProcessing=more,
    )
    assert job["TransformJobStatus"] == "Failed"
    assert any(line.split("test.csv: ")[-1].startswith(start) for line in data_log(logs, job))


def test_a_newline_in_quotes_is_a_line_end(sagemaker, s3, logs, data, echo):
    """A newline in CSV quotes ends the record, as in the developer guide."""
    s3.put_object(Bucket=data, Key="test.csv", Body=b'1,"a\nb"\n')
    job, _ = run_transform(sagemaker, s3, data, echo, BatchStrategy="SingleRecord")
    assert job["TransformJobStatus"] == "Failed"
    assert "ClientError: 415" in "\n".join(data_log(logs, job))


def test_accept_json_is_not_heard_in_a_batch(sagemaker, s3, data, echo):
    """XGBoost's container answers lines in a batch transform, whatever Accept says."""
    s3.put_object(Bucket=data, Key="test.csv", Body=b"1\n2\n")
    job, written = run_transform(sagemaker, s3, data, echo, output={"Accept": "application/json"})
    assert job["TransformJobStatus"] == "Completed"
    assert answers(written["test.csv.out"]) == [1, 2]


def test_environment(sagemaker, s3, data, echo):
    """Environment reaches the container, which then answers with names, as JSON lines."""
    s3.put_object(Bucket=data, Key="test.csv", Body=b"1\n2\n")
    _, written = run_transform(
        sagemaker,
        s3,
        data,
        echo,
        Environment={"SAGEMAKER_INFERENCE_OUTPUT": "predicted_score"},
        output={"Accept": "application/jsonlines"},
    )
    lines = [json.loads(line) for line in written["test.csv.out"].splitlines()]
    assert [round(line["predicted_score"]) for line in lines] == [1, 2]


# Filters and joins


def test_join_and_filters(sagemaker, s3, data, echo):
    """The id is not sent, the prediction is joined to its record, and two columns are kept."""
    s3.put_object(Bucket=data, Key="test.csv", Body=b"id-a,5\nid-b,7\n")
    _, written = run_transform(
        sagemaker,
        s3,
        data,
        echo,
        output={"Accept": "text/csv", "AssembleWith": "Line"},
        DataProcessing={
            "InputFilter": "$[1:]",
            "JoinSource": "Input",
            "OutputFilter": "$[0,-1]",
        },
    )
    rows = [line.split(",") for line in written["test.csv.out"].decode().splitlines()]
    assert [(name, round(float(value))) for name, value in rows] == [("id-a", 5), ("id-b", 7)]


def test_a_large_object(sagemaker, s3, logs, data, echo):
    """20 MB are transformed in pieces, and the output is in order."""
    values = numbers(0, 200_000)
    s3.put_object(Bucket=data, Key="test.csv", Body=as_wide_csv(values))
    job, written = run_transform(sagemaker, s3, data, echo, MaxConcurrentTransforms=2)
    assert requests_of(logs, job) == 4
    assert answers(written["test.csv.out"]) == values
