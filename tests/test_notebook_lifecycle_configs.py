"""Lifecycle configurations of notebook instances are managed and shown as on AWS."""

import base64
import uuid

import pytest

ROLE = "arn:aws:iam::111122223333:role/service-role/AmazonSageMaker-ExecutionRole"
ARN = "arn:aws:sagemaker:us-east-1:111122223333:notebook-instance-lifecycle-config/"
SCRIPT = [{"Content": base64.b64encode(b"#!/bin/bash\necho hello\n").decode()}]
MISSING = "(Details: Notebook Instance Lifecycle Config does not exist.)"


@pytest.fixture
def config(sagemaker) -> dict:
    """Return the name parameter of a new configuration with an OnStart script."""
    named = {"NotebookInstanceLifecycleConfigName": f"lc-{uuid.uuid4().hex[:8]}"}
    sagemaker.create_notebook_instance_lifecycle_config(**named, OnStart=SCRIPT)
    return named


def test_it_is_created_described_updated_listed_and_deleted(sagemaker, config, assert_aws_error):
    """A hook that an update leaves out stays as it was."""
    (name,) = config.values()
    sagemaker.update_notebook_instance_lifecycle_config(**config, OnCreate=SCRIPT)
    described = sagemaker.describe_notebook_instance_lifecycle_config(**config)
    assert described["OnStart"] == described["OnCreate"] == SCRIPT
    assert described["NotebookInstanceLifecycleConfigArn"] == ARN + name
    assert described["LastModifiedTime"] > described["CreationTime"]
    for sort in ("Name", "CreationTime", "LastModifiedTime"):
        listed = sagemaker.list_notebook_instance_lifecycle_configs(NameContains=name, SortBy=sort)
        (found,) = listed["NotebookInstanceLifecycleConfigs"]
        assert found["NotebookInstanceLifecycleConfigName"] == name
    sagemaker.delete_notebook_instance_lifecycle_config(**config)
    for verb in ("describe", "delete"):
        text = f"Unable to {verb} Notebook Instance Lifecycle Config '{ARN}{name}'. {MISSING}"
        with assert_aws_error("ValidationException", text):
            getattr(sagemaker, f"{verb}_notebook_instance_lifecycle_config")(**config)


def test_pages_by_last_change_neither_repeat_nor_skip(sagemaker, config):
    """A NextToken of a list sorted by LastModifiedTime is valid for the next page."""
    sagemaker.create_notebook_instance_lifecycle_config(
        NotebookInstanceLifecycleConfigName=f"lc-{uuid.uuid4().hex[:8]}"
    )
    pages = sagemaker.get_paginator("list_notebook_instance_lifecycle_configs").paginate(
        SortBy="LastModifiedTime", PaginationConfig={"PageSize": 1}
    )
    names = [
        item["NotebookInstanceLifecycleConfigName"]
        for page in pages
        for item in page["NotebookInstanceLifecycleConfigs"]
    ]
    assert len(names) == len(set(names)) >= 2


def test_a_name_is_taken_once(sagemaker, config, assert_aws_error):
    """A taken name is refused with AWS's text, which contains the ARN."""
    (name,) = config.values()
    text = f"Unable to create Notebook Instance Lifecycle Config {ARN}{name}. (Details: Notebook "
    text += "Instance Lifecycle Config already exists.)"
    with assert_aws_error("ValidationException", text):
        sagemaker.create_notebook_instance_lifecycle_config(**config)


@pytest.mark.parametrize("content", ["#!/bin/bash\necho", "////", "A" * 16388])
def test_a_script_is_text_in_base64_of_16384_characters_at_most(
    sagemaker, assert_aws_error, content
):
    """A script that isn't base64, isn't text, or is too long is refused."""
    with assert_aws_error("ValidationException"):
        sagemaker.create_notebook_instance_lifecycle_config(
            NotebookInstanceLifecycleConfigName="wrong", OnStart=[{"Content": content}]
        )


def test_its_scripts_are_not_run_here_and_the_log_says_so(
    sagemaker, config, client, assert_aws_error
):
    """The log says that scripts are not run here; a used configuration can't be deleted."""
    (name,) = config.values()
    at = {"NotebookInstanceName": f"nb-{uuid.uuid4().hex[:8]}"}
    sagemaker.create_notebook_instance(
        **at, InstanceType="ml.t3.medium", RoleArn=ROLE, LifecycleConfigName=name
    )
    described = sagemaker.describe_notebook_instance(**at)
    assert described["NotebookInstanceLifecycleConfigName"] == name
    for hook in ("LifecycleConfigOnCreate", "LifecycleConfigOnStart"):
        (event,) = client("logs").get_log_events(
            logGroupName="/aws/sagemaker/NotebookInstances",
            logStreamName=f"{at['NotebookInstanceName']}/{hook}",
        )["events"]
        assert f"keeps the scripts of {name} and does not run them" in event["message"]
    with assert_aws_error("ValidationException"):
        sagemaker.delete_notebook_instance_lifecycle_config(**config)
    sagemaker.get_waiter("notebook_instance_in_service").wait(**at)
    sagemaker.stop_notebook_instance(**at)
    sagemaker.get_waiter("notebook_instance_stopped").wait(**at)
    sagemaker.update_notebook_instance(**at, DisassociateLifecycleConfig=True)
    sagemaker.delete_notebook_instance_lifecycle_config(**config)
    sagemaker.delete_notebook_instance(**at)
