"""Mistakes with the SageMaker SDK get a hint with the code to write.

The errors are real ones, of the SDK and the Local SageMaker.
"""

import re

import pytest
from support.notebook_shell import MOST_LINES, connected_shell

SETUP = """
import helpers
from pathlib import Path
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.parameter import ContinuousParameter
from sagemaker.core.resources import Endpoint, Model, TrainingJob
from sagemaker.core.shapes import ContainerDefinition
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig
from sagemaker.core.transformer import Transformer
from sagemaker.core.utils.utils import Unassigned
from sagemaker.train import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

session = Session()
uri = f"s3://{bucket}/lesson/train"
channels = [InputData(channel_name="train", data_source=uri, content_type="text/csv")]

def trainer(instance_type="ml.m5.large", instance_count=1, **changes):
    settings = {
        "training_image": jobs.image_uri(),
        "role": jobs.ROLE,
        "sagemaker_session": session,
        "base_job_name": "sdk",
        "compute": Compute(instance_type=instance_type, instance_count=instance_count),
        "hyperparameters": {"num_round": 2, "objective": "reg:squarederror"},
        "output_data_config": OutputDataConfig(s3_output_path=f"s3://{bucket}/output"),
    }
    return ModelTrainer(**(settings | changes))

def tuner(name="validation:rmse", hyperparameter="eta", **settings):
    return HyperparameterTuner(model_trainer=trainer(), objective_metric_name=name,
        hyperparameter_ranges={hyperparameter: ContinuousParameter(0.1, 0.3)},
        objective_type="Minimize", **settings)

def transformer(name, **settings):
    return Transformer(model_name=name, instance_type="ml.m5.large", instance_count=1,
        output_path=f"s3://{bucket}/output", sagemaker_session=session, **settings)
"""


@pytest.fixture(scope="module")
def shell(local, client, model, trained):
    """Return a shell that is connected to the Local SageMaker, with objects of the SDK."""
    with connected_shell(local, client, model=model, trained=trained["TrainingJobName"]) as shell:
        shell.run_cell(SETUP)
        yield shell


VERSION_2 = "code for version 2 of the SDK."
SESSION = "    from sagemaker.core.helper.session_helper import Session, get_execution_role"
IMAGES = "    from sagemaker.core import image_uris"
ENDPOINT = 'batch transform (step 8), or with an endpoint, in the lesson "Deploy".'
OLD_CODE = {
    "import sagemaker as sm\nsm.Session()": SESSION,
    "import sagemaker as sm\nsm.get_execution_role()": SESSION,
    "import sagemaker as sm\nsm.image_uris.retrieve('xgboost', 'us-east-1')": IMAGES,
    "import sagemaker as sm\nsm.estimator.Estimator()": "import ModelTrainer",
    "from sagemaker import Session": SESSION,
    "from sagemaker import get_execution_role": SESSION,
    "from sagemaker import image_uris": IMAGES,
    "trainer().fit({'train': uri})": "trainer.train(input_data_config=channels)",
    "trainer().predict('x')": ENDPOINT,
    "trainer().deploy(1, 'ml.m5.large')": ENDPOINT,
    "transformer(model).predict('x')": ENDPOINT,
    "tuner().fit({'train': uri})": "tuner.tune(inputs=channels, job_name=..., wait=False)",
    "tuner(estimator=1)": "HyperparameterTuner(model_trainer=trainer, ...)",
}


@pytest.mark.parametrize("code", OLD_CODE)
def test_code_for_version_2_of_the_sdk(code, show):
    """Code for version 2 of the SDK gets the code for version 3."""
    shown = show(code)
    assert VERSION_2 in shown
    assert OLD_CODE[code] in shown


ONE_URI = "Pass one S3 URI as a string, not a "
TAGS = '    tags = [Tag(key=tag["Key"], value=tag["Value"]) for tag in helpers.tags(lesson)]'
INPUT = "Pass a list of InputData, one for each channel:"
NAME = "Pass the model's name, not the model itself: model_name=model_name."
CREATE_MODEL = (
    "Model.create(model_name='a', execution_role_arn=jobs.ROLE,\n"
    "    primary_container=ContainerDefinition(image='x'), tags=helpers.tags('a'))"
)
ARGUMENTS = {
    "trainer('m5.large').train(channels)": "Did you mean ml.m5.large?",
    "trainer(instance_count=0).train(channels)": "was 0, or is missing: write instance_count=1.",
    "trainer(tags=helpers.tags('a'))": TAGS,
    CREATE_MODEL: TAGS,
    "trainer(role_arn=jobs.ROLE)": "`role_arn`: help(ModelTrainer) lists those that it has. "
    "Did you mean role?",
    "trainer(hyper_parameters={})": "Did you mean hyperparameters?",
    "trainer(role='SageMakerRole')": "A role is named by its full ARN",
    "trainer().train(uri)": INPUT,
    "trainer().train({'train': uri})": INPUT,
    "trainer().train(input_data_config=uri)": INPUT,
    "transformer(model).transform(Path('a'))": f"{ONE_URI}PosixPath.",
    "transformer(model).transform([uri])": f"{ONE_URI}list.",
    "transformer(model).transform({'test': uri})": f"{ONE_URI}dict.",
    "transformer(Model.get(model)).transform(uri)": NAME,
    "transformer(Model.get(model), base_transform_job_name='a').transform(uri)": NAME,
    "Model(model_name='a', tags=[])": "To create one: Model.create(...).",
    "TrainingJob.create(training_job_name='a', role_arn=jobs.ROLE)": "Add the argument "
    "`output_data_config` to `TrainingJob.create`.",
    "HyperparameterTuner(max_parallel_job=2)": "`max_parallel_job`: help(HyperparameterTuner) "
    "lists those that it has. Did you mean max_parallel_jobs?",
    "tuner('validation:rsme').tune(channels, job_name='t')": "Did you mean validation:rmse?",
    "tuner(hyperparameter='etta').tune(channels, job_name='t')": "Did you mean eta?",
    "tuner().tune(channels, job_name='a-name-of-more-than-32-characters')": "at most 32 "
    "characters: letters, digits and hyphens, with a letter or digit at both ends. For example: "
    "a-name-of-more-than-32-character\n",
    "tuner(max_jobs=20, max_parallel_jobs=20).tune(channels, job_name='t')": 'parallel at once" 20',
    "trainer()._latest_training_job.refresh()": "No job exists: the cell that starts it",
    "Unassigned().tuned_hyper_parameters": "SageMaker's answer has no value there",
    "Endpoint(endpoint_name='e').invoke(body='1', contenttype='a')": "has no argument "
    "`contenttype`. Did you mean content_type?",
    "Endpoint(endpoint_name='e').update(endpoint_config_name='a')": "Assign its name first",
    "Endpoint(endpoint_name='e').update('a')": "Assign its name first",
    "Endpoint(endpoint_name='e').endpoint_config_name = Model(model_name='m')": "Assign the "
    "configuration's name",
    "session.upload_data('README.md', bucket=f's3://{bucket}')": "no s3:// and no slash: write "
    '"test-',
}


@pytest.mark.parametrize("code", ARGUMENTS)
def test_an_argument_of_the_wrong_type_or_name(code, show):
    """An argument that the SDK, or SageMaker, refuses gets the code to write."""
    shown = show(code)
    assert ARGUMENTS[code] in shown
    assert len(re.sub(r"Cell In.*, in trainer\n.*\n", "", shown).splitlines()) <= MOST_LINES


def test_a_tuning_job_without_a_useful_training_job(show):
    """A tuning job that failed gets the reason of the first training job that failed."""
    shown = show(
        "text = [InputData(channel_name=n, data_source=uri, content_type='text/libsvm')\n"
        "    for n in ('train', 'validation')]\n"
        "tuner().tune(text, job_name='no-libsvm', wait=True)"
    )
    assert "The first failed one is no-libsvm-001-" in shown
    assert "Its reason: " in shown


def test_a_tuning_job_with_a_name_that_is_taken(show):
    """The hint's new name has at most 32 characters, as a tuning job's must."""
    again = "tuner().tune(channels, job_name='a-name-that-is-taken-by-261128', wait=False)\n"
    shown = show(again * 2)
    assert '    tuning_name = "a-name-that-is-tak-" + time.strftime("%y%m%d-%H%M%S")' in shown


def test_two_training_jobs_within_a_second(show):
    """If the SDK's own name is taken, the hint is to wait, not to choose a name."""
    shown = show(
        "again = trainer()\nfor _ in range(10):\n"
        "    again.train(input_data_config=channels, wait=False)"
    )
    assert "ResourceInUse" in shown
    assert "Wait a second and run the cell again: the SDK makes a new name." in shown
    assert "training_job_name =" not in shown


@pytest.mark.parametrize(
    "code",
    ["Path('a').startswith('s3://')", "import datetime, json\njson.dumps(datetime.datetime.min)"],
)
def test_the_hints_about_a_transform_are_for_it_only(code, show):
    """The learner's own code that raises the same error as transform() gets no hint about it."""
    shown = show(code)
    assert "has no attribute 'startswith'" in shown or "datetime is not JSON" in shown
    assert "Pass " not in shown


def test_an_sdk_that_does_not_fit_to_pydantic(show):
    """If pydantic does not know the SDK's types, the hint is to set up the environment again."""
    shown = show(
        "import pydantic.v1\nfrom sagemaker.core.helper.pipeline_variable import PipelineVariable\n"
        "class Old(pydantic.v1.BaseModel):\n    name: PipelineVariable"
    )
    assert "Run `make setup` in the course's folder, restart the kernel" in shown
