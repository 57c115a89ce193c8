"""Each error that the rules know takes at most 12 lines, with the learner's code and what to do.

The errors are real ones, of the Local SageMaker, boto3, the SDK and other libraries.
"""

import re
from datetime import UTC, datetime

import pytest
from support.notebook_shell import MOST_LINES
from support.quota_values import forget

from helpers.catalog import quotas
from helpers.local.services.quotas import applied
from helpers.local.state.database import Database

QUOTA = "ml.c5.xlarge for training job usage"


BOTO3 = {
    "a training job's name is taken": (
        "sagemaker.create_training_job(**jobs.training_request(bucket, TrainingJobName=trained,\n"
        "    InputDataConfig=[jobs.channel(f's3://{bucket}/lesson/train')]))",
        "ResourceInUse: An error occurred (ResourceInUse)",
        "A job keeps its name, even after it has ended. Choose another one",
        '    training_job_name = "train-',
    ),
    "a transform job's name is taken": (
        "request = jobs.transform_request(bucket, model, f's3://{bucket}/lesson/test.csv')\n"
        "sagemaker.create_transform_job(**request)\nsagemaker.create_transform_job(**request)",
        "----> 3 sagemaker.create_transform_job(**request)",
        '    transform_job_name = "transform-',
    ),
    "a model exists": (
        "sagemaker.create_model(ModelName=model, ExecutionRoleArn=jobs.ROLE,\n"
        "    PrimaryContainer={'Image': jobs.image_uri()})",
        "ClientError: An error occurred (ValidationException) when calling the CreateModel",
        "Choose another name, or delete the old model and run this cell again:",
        '    boto3.client("sagemaker").delete_model(ModelName="model-',
    ),
    "no objects under a prefix": (
        "train('lesson/trian')",
        "No S3 objects found under S3 URL",
        "/lesson/ holds: train/, validation/, notes.txt, test.csv. Did you mean s3://",
        "/lesson/train/? Correct the URI, or upload the data first.",
    ),
    "no objects, below a folder that does not exist": (
        "train('lessons/train')",
        "/ holds: lesson/. Did you mean s3://",
    ),
    "no such artifacts": (
        "jobs.create_model(sagemaker, f's3://{bucket}/lesson/model.tar.gz')",
        "Could not find model data at s3://",
        "/lesson/ holds: train/, validation/, notes.txt, test.csv. Correct the URI",
    ),
    "no such object": (
        "s3.get_object(Bucket=bucket, Key='lesson/tset.csv')",
        "NoSuchKey: An error occurred (NoSuchKey)",
        "/lesson/test.csv? Correct the name, or create it first.",
    ),
    "no such object to download": (
        "s3.download_file(bucket, 'lesson/tset.csv', '/tmp/x')",
        "ClientError: An error occurred (404) when calling the HeadObject operation",
        "/lesson/test.csv? Correct the name, or create it first.",
    ),
    "no such bucket": (
        "s3.get_object(Bucket=f'{bucket}x', Key='lesson/test.csv')",
        'x". Did you mean ',
    ),
    "a failed training job": (
        "wait('training', train(hyperparameters={'objective': 'reg:squarederorr'}))",
        "WaiterError: Waiter TrainingJobCompletedOrStopped failed",
        "Failure reason: AlgorithmError: Hyperparameter objective: reg:squarederorr is not in",
        "`reg:squarederorr` is not a value of `objective`. Did you mean reg:squarederror?",
        "Correct the cause, then start a new job. The whole log: python -m helpers local logs",
    ),
    "metrics as a list": (
        "wait('training', train(hyperparameters={'eval_metric': '[\"rmse\", \"mae\"]'}))",
        "Write `eval_metric` as one string with commas between the values, not as a list.",
    ),
    "a failed transform job": (
        "request = jobs.transform_request(bucket, model, f's3://{bucket}/lesson/test.csv')\n"
        "sagemaker.create_transform_job(**request)\n"
        "wait('transform', request['TransformJobName'])",
        "The last lines of the log of transform-",
        "    could not convert string to float: np.str_('a')",
        "The container reads numbers only, and found `a`: write the file without a header",
        "The whole log: python -m helpers local logs transform-",
    ),
    "a bad name": (
        "train(TrainingJobName='my_first_job')",
        "Member must satisfy regular expression pattern",
        "Names consist of letters, digits and hyphens, and begin and end",
        "For example: my-first-job",
    ),
    "an instance type with a typing error": (
        "train(ResourceConfig={'InstanceType': 'ml.m5.lrage', 'InstanceCount': 1,"
        " 'VolumeSizeInGB': 5})",
        "`ml.m5.lrage` is not one of the values that `resourceConfig.instanceType` can have.",
        "Did you mean ml.m5.large?",
    ),
    "a hyperparameter that is not a string": (
        "train(HyperParameters={'max_depth': 5})",
        'Hyperparameters are strings: "max_depth": "5".',
    ),
    "an unknown parameter": (
        "sagemaker.describe_model(ModleName=model, ModelName=model)",
        "No parameter of input is called `ModleName`. Did you mean ModelName?",
    ),
    "a missing parameter": (
        "sagemaker.describe_model()",
        "Add `ModelName=...` to the call.",
    ),
    "a missing parameter inside": (
        "sagemaker.create_model(ModelName='x', ExecutionRoleArn=jobs.ROLE,\n"
        "    InferenceExecutionConfig={})",
        'Add "Mode" to InferenceExecutionConfig.',
    ),
    "no such model": (
        "sagemaker.create_transform_job(**jobs.transform_request(bucket, 'nobody'))",
        'In this account and region there is no model "nobody". Is the name right',
    ),
    "no such job": (
        "sagemaker.describe_training_job(TrainingJobName='nobody')",
        "In this account and region there is no job with this name. Is the name right",
    ),
    "no such role": (
        "train(RoleArn='arn:aws:iam::111122223333:role/nobody')",
        "`python -m helpers doctor` says what is wrong with yours",
    ),
    "no such image": (
        "train(AlgorithmSpecification={'TrainingImage': jobs.image_uri('3.2-0')[:-1] + '9',\n"
        "    'TrainingInputMode': 'File'})",
        'image_uris.retrieve("xgboost", session.boto_region_name, version="3.2-0")',
    ),
    "wrong credentials": (
        "import boto3\nboto3.client('sagemaker', aws_access_key_id='a', "
        "aws_secret_access_key='b').list_models()",
        "The credentials are wrong, or have expired. Run helpers.connect() again",
    ),
    "no credentials for a bucket": (
        "import boto3\nfrom botocore import UNSIGNED\nfrom botocore.config import Config\n"
        "boto3.client('s3', config=Config(signature_version=UNSIGNED)).list_objects_v2(\n"
        "    Bucket=bucket)",
        "Is the bucket yours, and its name spelled correctly? `python -m helpers doctor`",
    ),
    "a server that has stopped": (
        "import boto3\nfrom botocore.config import Config\n"
        "boto3.client('sagemaker', endpoint_url='http://127.0.0.1:9',\n"
        "    config=Config(retries={'total_max_attempts': 1})).list_models()",
        "The Local SageMaker does not answer. Run helpers.connect() again",
    ),
    "a decimal comma": (
        "wait('training', train(hyperparameters={'eta': '0,2'}))",
        "Hyperparameter eta is '0,2': write 0.2, with a point.",
    ),
    "a fraction in place of a whole number": (
        "wait('training', train(hyperparameters={'max_depth': '5.5'}))",
        "Hyperparameter max_depth is '5.5': write a whole number, in digits only.",
    ),
    "a hyperparameter that is not a number": (
        "wait('training', train(hyperparameters={'eta': 'small'}))",
        "The value of eta is not a number: write digits, and a point before decimals.",
    ),
    "a hyperparameter with a typing error": (
        "wait('training', train(hyperparameters={'maxdepth': '3'}))",
        "The container has no hyperparameter `maxdepth`. Did you mean max_depth?",
    ),
    "a hyperparameter of scikit-learn's interface": (
        "wait('training', train(hyperparameters={'n_estimators': '3'}))",
        "The container has no hyperparameter `n_estimators`. Did you mean num_round?",
    ),
    "an instance type of EC2": (
        "train(ResourceConfig={'InstanceType': 'm5.large', 'InstanceCount': 1,"
        " 'VolumeSizeInGB': 5})",
        "Did you mean ml.m5.large?",
    ),
    "a strategy in capitals": (
        "sagemaker.create_transform_job(**jobs.transform_request(bucket, model,\n"
        "    BatchStrategy='MULTI_RECORD'))",
        "Did you mean MultiRecord?",
    ),
    "a short name of a role": (
        "train(RoleArn='SageMakerRole')",
        "A role is named by its full ARN: pass the lesson's variable `role`.",
    ),
    "a long name of a role": (
        "train(RoleArn='MySageMakerExecutionRole')",
        "A role is named by its full ARN: pass the lesson's variable `role`.",
    ),
    "a URI in place of a bucket": (
        "s3.upload_file('README.md', f's3://{bucket}/lesson', 'a')",
        "A bucket's name has no s3:// and no slash: write \"test-",
    ),
    "a bucket and a prefix": (
        "s3.get_object(Bucket='lessons/train', Key='a')",
        'A bucket\'s name has no s3:// and no slash: write "lessons".',
    ),
    "predictions that are not there yet": (
        "s3.get_object(Bucket=bucket, Key='lesson/test.csv.out')",
        "Has the transform job ended? Correct the name, or create it first.",
    ),
    "a wait for a job that does not exist": (
        "wait('training', 'imdb')",
        "There is no training job 'imdb' in this account and region. Is the name right",
    ),
    "a waiter that does not exist": (
        "sagemaker.get_waiter('training_job_complete')",
        "no waiter `training_job_complete`. Did you mean training_job_completed_or_stopped?",
    ),
    "a model that was deleted": (
        "sagemaker.delete_model(ModelName='nobody')",
        'There is no model "nobody" in this account and region. It may be deleted already.',
    ),
    "the ends of a range are numbers": (
        "tune({}, {'Name': 'eta', 'MinValue': 0.1, 'MaxValue': '0.3'})",
        'The ends of a range are strings: "MinValue": "0.1".',
    ),
    "a static hyperparameter is a number": (
        "tune({'StaticHyperParameters': {'num_round': 5}})",
        'Hyperparameters are strings: "num_round": "5".',
    ),
    "static hyperparameters under the name of a training job's": (
        "tune({'HyperParameters': {}})",
        "In a tuning job they are called StaticHyperParameters.",
    ),
    "tags inside of a tuning job's definition": (
        "tune({'Tags': []})",
        "outside of the TrainingJobDefinition: add Tags=tags to the call.",
    ),
    "a type that AWS does not offer for training": (
        "train(ResourceConfig={'InstanceType': 'ml.t3.medium', 'InstanceCount': 1,"
        " 'VolumeSizeInGB': 5})",
        "AWS does not offer ml.t3.medium for this, whatever the quota. The lessons use ml.m5.large",
    ),
    "an ARN in place of a role's name": (
        "import boto3\nboto3.client('iam').get_role(RoleName=jobs.ROLE)",
        "Pass the name alone, not an ARN: what follows the last slash.",
    ),
    "a role that trusts SageMaker alone": (
        "import boto3\nboto3.client('sts').assume_role(RoleArn=jobs.ROLE, RoleSessionName='me')",
        "A role can be assumed only by whom its trust policy names. No lesson needs that",
    ),
    "a waiter for tuning jobs": (
        "sagemaker.get_waiter('hyper_parameter_tuning_job_completed')",
        "boto3 has no waiter for tuning jobs",
    ),
}


@pytest.mark.parametrize("case", BOTO3)
def test_an_error_of_a_service_says_what_to_do(case, show):
    """An error from boto3 has the cell's line, the service's sentence and what to do."""
    code, *expected = BOTO3[case]
    shown = show(code)
    for text in expected:
        assert text in shown
    assert re.match(r"Cell In\[\d+\], line \d+\n----> \d+ ", shown)
    # A caller that helps this test makes two lines more where a learner has one frame.
    own_frames = len(re.findall(r"^Cell In", shown, re.MULTILINE))
    assert len(shown.splitlines()) - 2 * (own_frames - 1) <= MOST_LINES
    assert "site-packages" not in shown
    assert "To see it, run %tb in a cell.)" in shown.splitlines()[-1]


def test_a_quota_that_is_too_low(local, show):
    """A refused instance type names the quota's value, and how to look at and raise quotas."""
    database = Database(local.home / "resources.sqlite")
    try:
        applied.set_value(database, local.region, quotas.find(QUOTA), 0, datetime.now(UTC))
        shown = show(
            "train(ResourceConfig={'InstanceType': 'ml.c5.xlarge', 'InstanceCount': 1,"
            " 'VolumeSizeInGB': 5})"
        )
    finally:
        forget(database, local.region)
        database.close()
    assert "ResourceLimitExceeded: An error occurred (ResourceLimitExceeded)" in shown
    assert "Your quota is 0. `python -m helpers quotas` compares" in shown
    assert f'    python -m helpers local set-quota "{QUOTA}" 1' in shown
    assert len(shown.splitlines()) <= MOST_LINES
