"""Stop and delete ask first, go through the control plane, and repeat what SageMaker says."""

import pytest
from support import jobs, tuning
from support.console import REGION, text_of

QUESTION = "<h1>{} {}?</h1>"


def press(visitor, path: str):
    """Open a question, and answer it with its button."""
    return visitor.post(path, visitor.form_token(path))


def test_a_job_is_stopped_after_a_question(visitor, sagemaker, data):
    """A running job has Stop and no Delete; the question names it, and its button stops it."""
    request = jobs.training_request(data, hyperparameters=tuning.LONG)
    name = request["TrainingJobName"]
    sagemaker.create_training_job(**request)
    html = visitor.get(f"/jobs/{name}").text
    assert f'href="/console/{REGION}/jobs/{name}/stop">Stop' in html
    assert f"/{name}/delete" not in html
    assert QUESTION.format("Stop", name) in visitor.get(f"/jobs/{name}/stop").text
    answer = press(visitor, f"/jobs/{name}/stop")
    assert answer.status == 303
    assert answer.getheader("location") == f"/console/{REGION}/jobs/{name}"
    assert jobs.wait_for_training(sagemaker, name)["TrainingJobStatus"] == "Stopped"


def test_a_job_is_deleted_after_a_question(visitor, sagemaker, data, assert_aws_error):
    """A job that has ended has Delete and no Stop; its button deletes it and leads to the list."""
    name = jobs.train(sagemaker, jobs.training_request(data))["TrainingJobName"]
    html = visitor.get(f"/jobs/{name}").text
    assert f"/jobs/{name}/delete" in html
    assert f"/jobs/{name}/stop" not in html
    answer = press(visitor, f"/jobs/{name}/delete")
    assert (answer.status, answer.getheader("location")) == (303, f"/console/{REGION}/jobs")
    with assert_aws_error("ValidationException", "Requested resource not found."):
        sagemaker.describe_training_job(TrainingJobName=name)
    assert visitor.get(f"/jobs/{name}").status == 404


def test_a_refusal_is_shown_in_awss_words(visitor, sagemaker, trained, assert_aws_error):
    """What boto3 would raise is on the page, with its code, and the question stays."""
    name = trained["TrainingJobName"]
    text = "The request was rejected because the training job is in status Completed."
    with assert_aws_error("ValidationException", text):
        sagemaker.stop_training_job(TrainingJobName=name)
    answer = press(visitor, f"/jobs/{name}/stop")
    assert answer.status == 400
    assert f"ValidationException: {text}" in text_of(answer.text)
    assert QUESTION.format("Stop", name) in answer.text


@pytest.mark.parametrize(
    "path", ["/models/{}/stop", "/transform-jobs/{}/delete", "/jobs/{}/create"]
)
def test_what_sagemaker_does_not_have_is_not_there(visitor, model, path):
    """A model can't be stopped, a transform job can't be deleted, and no other action exists."""
    answer = visitor.get(path.format(model))
    assert answer.status == 404
    assert visitor.post(path.format(model), "x").status == 403


def test_models_and_configurations_are_deleted(visitor, sagemaker, trained):
    """A model and an endpoint configuration are deleted by their own operations."""
    model = jobs.create_model(sagemaker, trained["ModelArtifacts"]["S3ModelArtifacts"])
    variant = {
        "VariantName": "only",
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=model, ProductionVariants=[variant])
    for slug in ("endpointConfig", "models"):
        assert press(visitor, f"/{slug}/{model}/delete").status == 303
        assert visitor.get(f"/{slug}/{model}").status == 404
    assert not sagemaker.list_models(NameContains=model)["Models"]
