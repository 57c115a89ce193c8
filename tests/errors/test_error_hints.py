"""A hint below an error: names of other cells, the `...` of an exercise, a missing connect()."""

import doctest
import json

import nbformat
import pytest
from support.hints import hint

from helpers.lessons import defined_names, error_hints

UPLOAD = "import boto3\n%time 1\ntrain_uri = session.upload_data('train.csv')"
USE = "print(train_uri)"


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    """Create a lesson in the working folder, and a notebook that defines the same name."""
    new = nbformat.v4
    other = [new.new_markdown_cell("# Another"), new.new_code_cell("train_uri = 1")]
    cells = [
        new.new_markdown_cell("# Title\n\nWords\n## 2. Upload the data\nMore words"),
        new.new_code_cell(UPLOAD),
        new.new_markdown_cell("No heading here"),
        new.new_code_cell("for row in rows:\n    pass\ndef later(): ..."),
        new.new_markdown_cell("### 3. Train"),
        new.new_code_cell(USE),
    ]
    nbformat.write(new.new_notebook(cells=other), tmp_path / "a.ipynb")
    nbformat.write(new.new_notebook(cells=cells), tmp_path / "b.ipynb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("train_uri", "2. Upload the data"),
        ("boto3", "2. Upload the data"),
        ("later", "2. Upload the data"),
        ("row", "2. Upload the data"),
        ("session", None),
    ],
)
def test_the_step_that_makes_a_name_is_found(name, heading, lesson):
    """The step that assigns, imports or defines a name is found, also with magics in the cells."""
    cell = defined_names.defining_cell(name, defined_names.code_cells(lesson / "b.ipynb"))
    assert (cell and cell.heading) == heading


def test_cells_out_of_order_are_told_which_step_makes_the_name(lesson):
    """The hint comes from the notebook that holds the cell, and says how to run in order."""
    text = hint(USE)
    assert '`train_uri` does not exist yet: it is defined in "2. Upload the data".' in text
    assert "Its cell has not been run yet, or it failed." in text
    assert "Run All Above Selected Cell" in text


def test_a_restarted_kernel_is_recognised(lesson):
    """A first cell that uses a name from the middle of a lesson means a restarted kernel."""
    assert "variables from before are lost" in hint(USE, cells_run=1)


def test_the_courses_notebooks_are_known_in_any_folder(tmp_path, monkeypatch):
    """A kernel that works elsewhere still finds the lesson that defines a name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    folders = {path.parent.name for path in defined_names._candidates()}
    assert folders == {"Tutorial", "Mini-Projects"}


def test_jupyter_says_which_notebook_it_is(lesson, monkeypatch):
    """If a changed cell is in no file, the notebook that is open in Jupyter decides."""
    monkeypatch.setenv("JPY_SESSION_NAME", str(lesson / "b.ipynb"))
    assert "2. Upload the data" in hint("print( train_uri )")


def test_the_cells_that_were_run_say_which_notebook_it_is(lesson):
    """Of several notebooks with the failed cell, the one with most of the earlier cells counts."""
    cells = [nbformat.v4.new_markdown_cell("# Elsewhere")]
    cells += [nbformat.v4.new_code_cell(source) for source in ("train_uri = 2", USE)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), lesson / "aa.ipynb")
    assert '"Elsewhere"' in hint(USE)
    assert '"2. Upload the data"' in hint(USE, UPLOAD)


def test_a_name_that_no_lesson_makes_gets_no_hint(lesson):
    """A misspelt name that no lesson defines gets no hint, as Python's message suffices."""
    assert hint("print(trian_uri)") is None
    assert not hint("1/0")


def test_a_broken_notebook_is_passed_over(lesson):
    """An unreadable notebook file in the folder does not hide the others."""
    (lesson / "0.ipynb").write_text(json.dumps({"cells": 3}))
    (lesson / "00.ipynb").write_text("no JSON")
    assert '"2. Upload the data"' in hint(USE)


def test_a_forgotten_connect_is_recognised(lesson, monkeypatch):
    """A missing region or credentials get a hint only while nothing is connected."""
    code = "from botocore.exceptions import {0}\nraise {0}()"
    assert hint(code.format("NoRegionError")) == error_hints.NOT_CONNECTED
    assert hint(code.format("NoCredentialsError")) == error_hints.NOT_CONNECTED
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert not hint(code.format("NoRegionError"))


def test_a_stub_inside_an_expression(lesson):
    """Without a variable that is `...` the hint says that one was left in the code."""
    assert hint("len(...)") == "A `...` was left in the code: replace it with your code."


def test_a_missing_permission_is_named(lesson):
    """A refusal in AWS's words names the permission. The Local SageMaker refuses nobody."""
    message = (
        "User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: "
        "sagemaker:CreateModel on resource: arn:aws:sagemaker:us-east-1:111122223333:model/m "
        "because no identity-based policy allows the sagemaker:CreateModel action"
    )
    answer = {"Error": {"Code": "AccessDeniedException", "Message": message}}
    text = hint(
        f"from botocore.exceptions import ClientError\nraise ClientError({answer!r}, 'CreateModel')"
    )
    assert text.startswith("The permission `sagemaker:CreateModel` is missing. `python -m helpers")


ENDPOINT_ERRORS = {
    "no content type": (
        "ModelError",
        'Received client error (415) from primary with message "Customer Error: Content-Type '
        "header value '' not supported (caused by KeyError)\".",
        "The container does not accept this content type, or none was sent.",
    ),
    "counts sent as CSV": (
        "ModelError",
        'Received client error (415) from primary with message "Loading csv data failed with '
        "Exception, please ensure data is in csv format:\n <class 'ValueError'>\".",
        "The body is not csv, or it is and content_type says something else",
    ),
    "the label in the row": (
        "ModelError",
        'Received client error (400) from primary with message "Unable to evaluate payload '
        "provided: [07:57:41] /workspace/src/learner.cc:1289: Check failed: "
        "learner_model_param_.num_feature >= p_fmat->Info().num_col_ (12 vs. 13) : Number of",
        "The row has 13 columns, but the model was trained with 12: is the label",
    ),
    "an update during an update": (
        "ValidationException",
        'Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:1:endpoint/e".',
        "An update of this endpoint is under way.",
    ),
    "an endpoint's name is taken": (
        "ValidationException",
        'Cannot create already existing endpoint "arn:aws:sagemaker:us-east-1:1:endpoint/e-1".',
        'client("sagemaker").delete_endpoint(EndpointName="e-1")',
    ),
    "a configuration's name is taken": (
        "ValidationException",
        'Cannot create already existing endpoint configuration "arn:aws:sagemaker:us-east-1:1:'
        'endpoint-config/e-1".',
        'client("sagemaker").delete_endpoint_config(EndpointConfigName="e-1")',
    ),
}


@pytest.mark.parametrize("case", ENDPOINT_ERRORS)
def test_an_error_of_an_endpoint(case, lesson):
    """An error of an endpoint, in the service's words, gets a hint about its cause."""
    code, message, expected = ENDPOINT_ERRORS[case]
    answer = {"Error": {"Code": code, "Message": message}}
    text = hint(f"from botocore.exceptions import ClientError\nraise ClientError({answer!r}, 'X')")
    assert expected in text


def test_a_wait_that_timed_out(lesson):
    """A timeout of the SDK's wait() says that the job is still running."""
    code = "from sagemaker.core.utils.exceptions import TimeoutExceededError as E\nraise E()"
    assert hint(code).startswith("The job is still running: wait for it without a timeout")


@pytest.mark.parametrize(
    "reason", ["ClientError: No.", "AlgorithmError: a\nTraceback (most\n\nNo."]
)
def test_a_reason_and_a_log_take_few_lines(reason, lesson, monkeypatch):
    """With a reason that the log does not repeat, the hint has at most 6 lines."""
    log = ["one", "two", "could not convert string to float: 'a'"]
    monkeypatch.setattr(error_hints, "last_log_lines", lambda *_: log)

    class FailedError(Exception):
        last_response = {  # noqa: RUF012
            "TrainingJobName": "job-1",
            "TrainingJobStatus": "Failed",
            "FailureReason": reason,
        }

    lines = error_hints.hint(FailedError(), [""], 9, {}).splitlines()
    assert lines[0].startswith("Failure reason: ")
    assert lines[0].endswith("Error: No.")
    assert lines[1:4] == ["The last lines of the log of job-1:", "    two", f"    {log[2]}"]
    assert len(lines) == 6


@pytest.mark.parametrize("module", [defined_names, error_hints])
def test_examples_in_the_docstrings_run(module):
    """The examples in the modules' documentation are true."""
    tested = doctest.testmod(module)
    assert tested.attempted
    assert not tested.failed
