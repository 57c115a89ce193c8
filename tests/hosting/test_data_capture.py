"""Data capture: what of the invocations is written to S3, and in which form."""

import base64
import json
import re
from datetime import datetime

import pytest
from support import jobs
from support.endpoints import ask, update, variant, wait_in_service
from support.polling import eventually

from helpers.local.runtime.artifacts import UploadError
from helpers.local.runtime.hosting.capture import DataCapture

CSV = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}


def capture_config(bucket: str, **changes) -> dict:
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{bucket}/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": CSV,
    } | changes


@pytest.fixture
def capturing(sagemaker, bucket, ten):
    """Return an endpoint that captures everything, whose name is also its configuration's."""
    name = jobs.new_name("endpoint")
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[variant(ten)],
        DataCaptureConfig=capture_config(bucket),
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    wait_in_service(sagemaker, name)
    yield name
    sagemaker.delete_endpoint(EndpointName=name)


def captured(s3, bucket: str, count: int) -> tuple[list[str], list[dict]]:
    """Wait for that many lines; return their keys and themselves."""

    def lines() -> list[dict]:
        return [
            json.loads(line)
            for key in jobs.keys(s3, bucket, "captured/")
            for line in jobs.read(s3, bucket, key).splitlines()
        ]

    eventually(lambda: len(lines()) >= count)
    return jobs.keys(s3, bucket, "captured/"), lines()


def test_lines_and_keys(runtime, s3, bucket, capturing):
    """A line has both bodies as they were, with their types; its key has variant and hour."""
    value, _ = ask(runtime, capturing, InferenceId="order-7")
    keys, (line,) = captured(s3, bucket, 1)
    pattern = (
        rf"captured/{capturing}/AllTraffic/\d{{4}}/\d\d/\d\d/\d\d/"
        r"\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl"
    )
    assert re.fullmatch(pattern, keys[0])
    output = line["captureData"]["endpointOutput"]
    assert float(output.pop("data")) == value
    assert line["captureData"] == {
        "endpointInput": {
            "observedContentType": "text/csv",
            "mode": "INPUT",
            "data": "3",
            "encoding": "CSV",
        },
        "endpointOutput": {
            "observedContentType": "text/csv; charset=utf-8",
            "mode": "OUTPUT",
            "encoding": "CSV",
        },
    }
    event = line["eventMetadata"]
    assert re.fullmatch(r"[0-9a-f-]{36}", event["eventId"])
    assert event["inferenceId"] == "order-7"
    assert datetime.strptime(event["inferenceTime"], "%Y-%m-%dT%H:%M:%SZ")
    assert line["eventVersion"] == "0"


def test_a_type_that_is_not_listed_is_encoded(runtime, s3, bucket, capturing):
    """A side whose content type is not listed is written as base64, the other side is not."""
    runtime.invoke_endpoint(EndpointName=capturing, ContentType="text/libsvm", Body="0:3")
    _, (line,) = captured(s3, bucket, 1)
    sent, answered = (line["captureData"][f"endpoint{side}"] for side in ("Input", "Output"))
    assert (sent["encoding"], base64.b64decode(sent["data"])) == ("BASE64", b"0:3")
    assert answered["encoding"] == "CSV"
    assert "inferenceId" not in line["eventMetadata"]


def test_what_describe_shows(sagemaker, bucket, capturing, ten):
    """Describe shows that capturing has started; an update keeps it if asked to."""
    shown = sagemaker.describe_endpoint(EndpointName=capturing)["DataCaptureConfig"]
    assert shown == {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{bucket}/captured",
    }
    plain = f"{capturing}-plain"
    sagemaker.create_endpoint_config(EndpointConfigName=plain, ProductionVariants=[variant(ten)])
    kept = update(sagemaker, capturing, plain, RetainAllVariantProperties=True)
    assert kept["DataCaptureConfig"] == shown
    assert "DataCaptureConfig" not in update(sagemaker, capturing, plain)


@pytest.mark.parametrize("end", ["update", "delete"])
def test_nothing_captured_is_lost_at_the_end(sagemaker, runtime, s3, bucket, ten, capturing, end):
    """What was captured right before an update or a deletion is written, too."""
    plain = f"{capturing}-plain"
    sagemaker.create_endpoint_config(EndpointConfigName=plain, ProductionVariants=[variant(ten)])
    for _ in range(3):
        ask(runtime, capturing)
        captured(s3, bucket, 1)  # a file was just written: the next one is a second away
    for _ in range(20):
        ask(runtime, capturing)
    if end == "update":
        update(sagemaker, capturing, plain)
    else:
        sagemaker.delete_endpoint(EndpointName=capturing)
        sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=capturing)
        sagemaker.create_endpoint(EndpointName=capturing, EndpointConfigName=plain)
        wait_in_service(sagemaker, capturing)
    assert len(captured(s3, bucket, 23)[1]) == 23


def test_each_side_is_encoded_by_its_own_type(tmp_path):
    """JSON in and a page out: the input is JSON, the output base64, parameters don't count."""
    capture = DataCapture(capture_config("b"), "us-east-1", "e", tmp_path)
    capture.record(
        "v", ("application/json", b'{"a": 1}'), ("text/html; charset=utf-8", b"<p>"), None
    )
    ((line,),) = capture._lines.values()
    data = json.loads(line)["captureData"]
    assert (data["endpointInput"]["encoding"], data["endpointInput"]["data"]) == (
        "JSON",
        '{"a": 1}',
    )
    assert data["endpointOutput"]["encoding"] == "BASE64"
    assert base64.b64decode(data["endpointOutput"]["data"]) == b"<p>"


def test_a_share_of_the_calls(tmp_path):
    """Of many calls the share is captured that was asked for; one side only if so asked."""
    config = capture_config(
        "b", InitialSamplingPercentage=30, CaptureOptions=[{"CaptureMode": "Output"}]
    )
    capture = DataCapture(config, "us-east-1", "e", tmp_path)
    for _ in range(2000):
        capture.record("v", ("text/csv", b"1"), ("text/csv", b"2"), None)
    (lines,) = capture._lines.values()
    assert 500 < len(lines) < 700  # five standard deviations of a binomial share of 0.3
    assert set(json.loads(lines[0])["captureData"]) == {"endpointOutput"}


def test_a_bucket_that_is_gone(tmp_path, monkeypatch):
    """What can't be written is kept, and written when it can."""
    capture = DataCapture(capture_config("none-of-this-name"), "us-east-1", "e", tmp_path)
    capture.record("v", ("text/csv", b"1"), ("text/csv", b"2"), None)
    upload, uploaded = "helpers.local.runtime.artifacts.upload", []

    def refuse(file, uri, region) -> None:
        raise UploadError(uri)

    monkeypatch.setattr(upload, refuse)
    with pytest.raises(UploadError):
        capture.flush()
    monkeypatch.setattr(upload, lambda file, uri, region: uploaded.append(file.read_text()))
    capture.flush()
    assert len(uploaded) == 1
    assert json.loads(uploaded[0])["captureData"]["endpointInput"]["data"] == "1"
    capture.flush()
    assert len(uploaded) == 1
