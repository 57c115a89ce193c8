"""What the training jobs of the benchmarks have in common."""

from collections.abc import Mapping

ROLE = "arn:aws:iam::111122223333:role/AmazonSageMaker-ExecutionRole"
XGBOOST_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"


def definition(
    image: str, channels: Mapping[str, str], output: str, content_type: str | None = "text/csv"
) -> dict:
    """Return the members of a CreateTrainingJob request besides name and hyperparameters.

    A TrainingJobDefinition of a tuning job has the same ones.

    Parameters
    ----------
    image
        The URI of the algorithm's image.
    channels
        The S3 URI of each channel's prefix, by the channel's name.
    output
        The S3 URI of the output.
    content_type
        Of all channels; None for the default of the algorithm.
    """
    kind = {} if content_type is None else {"ContentType": content_type}
    return {
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": [
            {
                "ChannelName": name,
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
                **kind,
            }
            for name, uri in channels.items()
        ],
        "OutputDataConfig": {"S3OutputPath": output},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
