"""A job that finds wrong input fails with AWS's reason, in its own words where they are public.

Sources of the texts: tracebacks in the issues of aws/amazon-sagemaker-examples and
aws/sagemaker-python-sdk, and the texts of aws/sagemaker-xgboost-container.
"""

import re

import pytest
from botocore.exceptions import ParamValidationError
from support import jobs


@pytest.fixture(scope="module")
def logs(client):
    return client("logs")


@pytest.fixture
def failed(sagemaker, data, logs):
    """Return a function that runs a failing job: its FailureReason and its log lines.

    The server lives on: the next job completes.
    """

    def failed(**changes) -> tuple[str, list[str]]:
        job = jobs.train(sagemaker, jobs.training_request(data, **changes))
        assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"
        assert job["SecondaryStatusTransitions"][-1]["StatusMessage"] == job["FailureReason"]
        assert len(job["FailureReason"]) <= 1024
        assert "FinalMetricDataList" not in job
        after = jobs.train(sagemaker, jobs.training_request(data))
        assert after["TrainingJobStatus"] == "Completed"
        return job["FailureReason"], jobs.log_lines(logs, "TrainingJobs", job["TrainingJobName"])

    return failed


HYPERPARAMETERS = [
    ({"eta": "1.5"}, "Hyperparameter eta: 1.5 is not in [0, 1]"),
    ({"subsample": "0.0"}, "Hyperparameter subsample: 0.0 is not in (0, 1]"),
    ({"num_round": "0"}, "Hyperparameter num_round: 0 is not in [1, +inf)"),
    ({"silent": "0"}, "Extraneous hyperparameter found: silent"),
    ({"num_round": ""}, "Missing required hyperparameter: num_round"),
    (
        {"num_round": "ten"},
        "Hyperparameter num_round: could not parse value (caused by ValueError)",
    ),
    (
        {"objective": "multi:softmax"},
        "Require input for parameter 'num_class' for multi-classification",
    ),
]


@pytest.mark.parametrize(("hyperparameters", "text"), HYPERPARAMETERS)
def test_hyperparameters(failed, hyperparameters, text):
    """For refused hyperparameters the useful line ends the reason; the log has a traceback."""
    reason, lines = failed(hyperparameters=hyperparameters)
    assert reason.startswith("AlgorithmError: framework error: \nTraceback (most recent call last)")
    assert reason.endswith(f"{text}, exit code: 1")
    log = "\n".join(lines)
    assert "Traceback (most recent call last)" in log
    assert f"UserError: {text}" in log


def test_hyperparameters_of_the_old_image(failed):
    """0.72 blames the user at once, without a traceback in the reason."""
    reason, _ = failed(version="0.72", hyperparameters={"eta": "1.5"})
    assert reason.startswith("ClientError: ")
    assert "Traceback" not in reason
    assert reason.endswith(", exit code: 1")


def test_hyperparameters_are_text(sagemaker, data):
    """A number as a hyperparameter is refused by botocore itself."""
    request = jobs.training_request(data)
    request["HyperParameters"]["max_depth"] = 5
    with pytest.raises(ParamValidationError, match=r"HyperParameters\.max_depth, value: 5"):
        sagemaker.create_training_job(**request)


def test_an_empty_file(failed, s3, data):
    """A file without a row is reported as having no data."""
    s3.put_object(Bucket=data, Key="empty/train.csv", Body=b"")
    reason, _ = failed(InputDataConfig=[jobs.channel(f"s3://{data}/empty")])
    assert reason.endswith(
        "No data in training channel path /opt/ml/input/data/train, exit code: 1"
    )


def test_a_channel_without_a_content_type(failed, data):
    """A channel without a content type is read as libsvm, so CSV fails."""
    config = [jobs.channel(f"s3://{data}/train", content_type=None)]
    reason, _ = failed(InputDataConfig=config)
    assert re.search(
        r"First line '0,0,0\s*\.\.\.' of file 'train.csv' is not 'LIBSVM' format. Please ensure "
        "the file is in 'LIBSVM' format., exit code: 1$",
        reason,
    )
    old, _ = failed(version="0.72", InputDataConfig=config)
    assert old.startswith("ClientError: Blankspace and colon not found in firstline '0,0,0")
    assert "ContentType by defaullt is in libsvm" in old


def test_a_channel_that_is_not_one_of_the_algorithms(failed, data):
    """XGBoost requires the train channel, and knows no other but validation."""
    reason, _ = failed(InputDataConfig=[jobs.channel(f"s3://{data}/train", "training")])
    assert "Missing required channel: train" in reason or "Extraneous channel" in reason


def test_no_channel_at_all(sagemaker, data):
    """A job without channels is valid on AWS, but fails with this algorithm."""
    request = jobs.training_request(data)
    del request["InputDataConfig"]
    reason = jobs.train(sagemaker, request)["FailureReason"]
    assert reason.endswith("Missing required channel: train, exit code: 1")


BAD_CSV = {  # the file; what 0.72 says of it; the warning of today's image, and the rows it reads
    "header": (
        b"medv,rooms,lstat\n24.0,6.5,4.9\n21.6,6.4,9.1\n",
        "Non-numeric value 'm' found in the header line 'medv,rooms,lstat...' of file 'train.csv'. "
        "CSV format require no header line in it. If header line is already removed, XGBoost does "
        "not accept non-numeric value in the data.",
        "train.csv, line 1: text 'medv' in column 1 (the label)",
        3,
    ),
    "text": (
        b"24.0,6.5,yes\n21.6,6.4,no\n",
        "Non-numeric value 'y' found in the header line '24.0,6.5,yes...' of file 'train.csv'. "
        "CSV format require no header line in it. If header line is already removed, XGBoost does "
        "not accept non-numeric value in the data.",
        "train.csv, line 1: text 'yes' in column 3",
        2,
    ),
    "no label": (
        b",6.5,4.9\n,6.4,9.1\n",
        "Got input data without labels. Please check the input data set.",
        "train.csv, line 1: no value in column 1 (the label)",
        2,
    ),
}


@pytest.mark.parametrize("kind", BAD_CSV)
def test_csv_that_is_not_all_numbers(sagemaker, s3, logs, data, failed, kind):
    """0.72 refuses text in CSV; today's image trains on it as on AWS, with a warning in the log."""
    content, refusal, warning, rows = BAD_CSV[kind]
    s3.put_object(Bucket=data, Key="bad/train.csv", Body=content)
    config = [jobs.channel(f"s3://{data}/bad")]
    reason, _ = failed(version="0.72", InputDataConfig=config)
    assert reason == f"ClientError: {refusal}, exit code: 1"
    job = jobs.train(sagemaker, jobs.training_request(data, InputDataConfig=config))
    assert job["TrainingJobStatus"] == "Completed"
    log = "\n".join(jobs.log_lines(logs, "TrainingJobs", job["TrainingJobName"]))
    assert re.search(
        r":WARNING\] This CSV contains more than numbers.*\n +" + re.escape(warning), log
    )
    assert f"Train matrix has {rows} rows" in log


def test_training_fails_in_xgboost(failed):
    """If labels are not probabilities, the reason ends with xgboost's text, not a stack trace."""
    reason, _ = failed(hyperparameters={"objective": "binary:logistic"})
    assert reason.startswith("AlgorithmError: framework error: ")
    assert reason.endswith("base_score must be in (0,1) for the logistic loss., exit code: 1")
    assert "Stack trace:" not in reason
