"""SageMaker SDK 2 with its own class of Linear Learner: records, fit, deploy, transform, errors.

Usage: python linear_learner_v2.py FOLDER, which has train.csv (label first). It writes
`linear_learner.json` there.
"""

import sys

import linear_learner_steps as steps
import sagemaker
from sagemaker import LinearLearner, get_execution_role, image_uris
from sagemaker.deserializers import JSONDeserializer
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer

data_dir, prefix, instance_type = sys.argv[1], "linear-learner-sdk-v2", "ml.m5.large"
session = sagemaker.Session()
bucket = session.default_bucket()
features, labels = steps.read_rows(data_dir)

linear = LinearLearner(
    role=get_execution_role(),
    instance_count=1,
    instance_type=instance_type,
    data_location=f"s3://{bucket}/{prefix}/data",
    output_path=f"s3://{bucket}/{prefix}/output",
    sagemaker_session=session,
    **steps.SETTINGS,
)
records = [linear.record_set(features, labels, channel=name) for name in ("train", "test")]
linear.fit(records, mini_batch_size=50, wait=False)
waiter = session.sagemaker_client.get_waiter("training_job_completed_or_stopped")
waiter.wait(TrainingJobName=linear.latest_training_job.name)

predictor = linear.deploy(initial_instance_count=1, instance_type=instance_type, wait=False)
waiter = session.sagemaker_client.get_waiter("endpoint_in_service")
waiter.wait(EndpointName=predictor.endpoint_name)
json_predictor = Predictor(
    predictor.endpoint_name,
    sagemaker_session=session,
    serializer=CSVSerializer(),
    deserializer=JSONDeserializer(),
)
answers = steps.predict(predictor, json_predictor, features)
transformed = steps.transform(linear, features, data_dir, prefix, instance_type, logs=False)
predictor.delete_model()
predictor.delete_endpoint()
steps.write(
    data_dir,
    linear,
    image=linear.training_image_uri(),
    same_image=image_uris.retrieve("linear-learner", session.boto_region_name),
    transformed=transformed,
    **answers,
)
