"""What the lessons' role must be allowed to do, by the resource that each action names.

IAM's simulator judges an action without a resource as one on all resources, which a role of least
privilege may never do: so each is asked for as the lessons use it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

NAME = "boston-doctor"  # as the lessons name things: a role may be limited to such names


class Group(NamedTuple):
    """Actions on one resource.

    resource: an ARN to judge by; pattern: the one to allow. context: keys of conditions and their
    values, as in a request.
    """

    actions: tuple[str, ...]
    resource: str = "*"
    pattern: str = "*"
    context: tuple[tuple[str, str], ...] = ()

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The ContextEntries of SimulatePrincipalPolicy."""
        return [
            {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
            for key, value in self.context
        ]


def groups(role: str, region: str, bucket: str) -> list[Group]:
    """For a role's ARN, a region, and the lessons' bucket."""
    partition, account = role.split(":")[1], role.split(":")[4]

    def on(kind: str, *operations: str) -> Group:
        start = f"arn:{partition}:sagemaker:{region}:{account}:{kind}"
        actions = tuple(f"sagemaker:{operation}" for operation in operations)
        return Group(actions, f"{start}/{NAME}", f"{start}/*")

    objects = f"arn:{partition}:s3:::{bucket}"
    logs = f"arn:{partition}:logs:{region}:{account}:log-group:/aws/sagemaker/"
    image = f"arn:{partition}:ecr:{region}:*:repository/sagemaker-xgboost"
    return [
        on("training-job", "CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob"),
        on("training-job", "AddTags"),
        on("model", "CreateModel", "DescribeModel", "DeleteModel"),
        on("transform-job", "CreateTransformJob", "DescribeTransformJob", "StopTransformJob"),
        Group(("s3:CreateBucket", "s3:ListBucket"), objects, objects),
        Group(
            ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
            f"{objects}/{NAME}/train.csv",
            f"{objects}/*",
        ),
        Group(
            ("logs:CreateLogGroup", "logs:DescribeLogStreams"), f"{logs}TrainingJobs", f"{logs}*"
        ),
        Group(
            ("logs:CreateLogStream", "logs:PutLogEvents", "logs:GetLogEvents"),
            f"{logs}TrainingJobs:log-stream:{NAME}",
            f"{logs}*",
        ),
        Group(
            ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
            image.replace("*", "683313688378"),  # AWS's account for it in us-east-1: any will do
            image,
        ),
        Group(("ecr:GetAuthorizationToken",)),
        Group(
            ("cloudwatch:PutMetricData",),
            context=(("cloudwatch:namespace", "/aws/sagemaker/TrainingJobs"),),
        ),
        Group(("iam:GetRole",), role, role),
        Group(("iam:PassRole",), role, role, (("iam:PassedToService", "sagemaker.amazonaws.com"),)),
    ]
