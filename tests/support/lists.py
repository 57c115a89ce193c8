"""What the tests of List operations create, and the names in an answer."""

from support import jobs

REGION = "ap-southeast-2"
OTHER = "eu-north-1"
NAMES = ["b-first", "A-second", "c-third", "a-fourth", "B-fifth"]


def make_model(there, bucket: str, name: str) -> None:
    container = {
        "Image": jobs.image_uri(region=REGION),
        "ModelDataUrl": f"s3://{bucket}/model.tar.gz",
    }
    there.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=jobs.ROLE)


def names_of(answer: dict) -> list[str]:
    """Return the names in a List answer, in its order."""
    lists = [answer[key] for key in answer if key.endswith("Summaries") or key == "Models"]
    return [
        next(item[key] for key in item if key.endswith(("JobName", "ModelName")))
        for item in lists[0]
    ]
