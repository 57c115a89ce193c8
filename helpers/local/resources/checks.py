"""What several create operations ask of a request beyond its shape: role, image, S3 data."""

from helpers.catalog.repositories import AWS_REPOSITORIES
from helpers.local.containers import registry
from helpers.local.containers.contract import Image
from helpers.local.runtime import input_data
from helpers.local.runtime.s3_uri import split
from helpers.local.services.sts_iam import find_role, trusts_sagemaker
from helpers.local.state.s3 import objects
from helpers.local.wire.errors import ValidationException


def role_is_assumable(role_arn: str) -> bool:
    """Whether the role exists in IAM and lets sagemaker.amazonaws.com assume it."""
    role = find_role(role_arn)
    return role is not None and trusts_sagemaker(role)


def check_job_role(role_arn: str) -> None:
    """Raises ValidationException with the text of CreateTrainingJob and CreateTransformJob."""
    if not role_is_assumable(role_arn):
        raise ValidationException(
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows "
            "principal 'sagemaker.amazonaws.com' to assume the role."
        )


def check_input_data(region: str, data_source: dict, role_arn: str) -> None:
    """Raise ValidationException if there is nothing to read in the job's Region."""
    uri = data_source["S3Uri"]
    bucket = uri.split("://", 1)[-1].partition("/")[0]
    try:
        bucket, _ = split(uri)
        in_region = objects.bucket_region(bucket) == region
        if in_region and input_data.find(data_source):
            return
    except input_data.InputDataError as error:
        raise ValidationException(str(error)) from error
    except ValueError:
        pass  # no S3 URI at all: AWS answers as for one that leads nowhere
    raise ValidationException(
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that '
        f"the bucket exists in the selected region ({region}), that objects exist under that "
        f'S3 prefix, and that the role "{role_arn}" has "s3:ListBucket" permissions on bucket '
        f'"{bucket}".'
    )


def check_output_path(uri: str, member: str = "S3OutputPath") -> None:
    """Raise ValidationException for a URL that isn't one of S3; the wording is ours.

    As on AWS, the bucket itself is looked at when something is written to it.
    """
    try:
        split(uri)
    except ValueError as error:
        raise ValidationException(f"The {member} can't be used: {error}.") from error


def resolve_training_image(uri: str, region: str, role_arn: str) -> Image:
    """Find the image of a training job. Raises ValidationException in AWS's words.

    Source of the texts: answers of AWS in public issues, each quoted in tests/test_training_jobs.py
    and tests/test_wrong_input.py. The list of what runs here is ours.
    """
    pull = "ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer"
    try:
        return registry.resolve(uri, region)
    except registry.UnknownTagError as error:
        text = (
            f"Cannot find the requested image: {uri} with tag: {error.tag} and digest: null. "
            f"Please check if your ECR image exists and role {role_arn} has proper pull "
            f"permissions for SageMaker: {pull}"
        )
    except registry.UnknownRepositoryError as error:
        check_served_repository(error.repository, region)
        text = (
            f"Cannot find repository: {error.repository} in registry ID: {error.account} Please "
            f"check if your ECR repository exists and role {role_arn} has proper pull permissions "
            f"for SageMaker: {pull}"
        )
    except registry.WrongRegistryError as error:
        text = (
            f"Access denied for repository: {error.repository} in registry ID: {error.account}. "
            f"Please check if your ECR repository and image exist and role {role_arn} has proper "
            f"pull permissions for SageMaker: {pull}"
        )
    except registry.InvalidImageError:
        text = (
            "Invalid training image. Please provide a valid Amazon Elastic Container Registry "
            "path of the Docker image to run."
        )
    raise ValidationException(f"{text} {supported_images(region)}")


def check_served_repository(repository: str, region: str) -> None:
    """Raise ValidationException for an image that AWS has and that doesn't run here."""
    if repository in AWS_REPOSITORIES:
        raise ValidationException(
            f"The Local SageMaker does not serve images of the repository {repository}; AWS does: "
            f"see helpers.connect(backend='aws'). {supported_images(region)}"
        )


def supported_images(region: str) -> str:
    """Our own addition to the refusal of an image."""
    return f"(The Local SageMaker runs: {', '.join(registry.known_images(region))})"
