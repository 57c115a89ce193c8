"""SageMaker SDK 1.72 with its own class of Linear Learner: records, fit, deploy, transform, errors.

Usage: python linear_learner_v1.py FOLDER, which has train.csv (label first). It writes
`linear_learner.json` there.
"""

import sys

import linear_learner_steps as steps
import sagemaker
from sagemaker import LinearLearner, get_execution_role
from sagemaker.amazon.amazon_estimator import get_image_uri
from sagemaker.predictor import RealTimePredictor, csv_serializer, json_deserializer

data_dir, prefix, instance_type = sys.argv[1], "linear-learner-sdk-v1", "ml.m4.xlarge"
session = sagemaker.Session()
bucket = session.default_bucket()
features, labels = steps.read_rows(data_dir)

linear = LinearLearner(
    role=get_execution_role(),
    train_instance_count=1,
    train_instance_type=instance_type,
    data_location=f"s3://{bucket}/{prefix}/data",
    output_path=f"s3://{bucket}/{prefix}/output",
    sagemaker_session=session,
    **steps.SETTINGS,
)
records = [linear.record_set(features, labels, channel=name) for name in ("train", "test")]
linear.fit(records, mini_batch_size=50)

predictor = linear.deploy(initial_instance_count=1, instance_type=instance_type)
json_predictor = RealTimePredictor(
    predictor.endpoint,
    sagemaker_session=session,
    serializer=csv_serializer,
    deserializer=json_deserializer,
    content_type="text/csv",
)
answers = steps.predict(predictor, json_predictor, features)
transformed = steps.transform(linear, features, data_dir, prefix, instance_type, logs=True)
predictor.delete_model()
predictor.delete_endpoint()
steps.write(
    data_dir,
    linear,
    image=linear.train_image(),
    same_image=get_image_uri(session.boto_region_name, "linear-learner"),
    transformed=transformed,
    **answers,
)
