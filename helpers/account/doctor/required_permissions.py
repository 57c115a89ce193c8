"""What the lessons' role must be allowed to do, by the resource that each action names.

IAM's simulator treats an action without a resource as one on all resources, which a role of least
privilege may never do, so each is simulated as the lessons use it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from helpers.tagging import COURSE

NAME = "boston-doctor"  # like the lessons' names: a role may be limited to such names


class PermissionGroup(NamedTuple):
    """Actions on one resource.

    resource: an ARN to simulate; pattern: the one to allow. context: keys of conditions and their
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


def permission_groups(role: str, region: str, bucket: str) -> list[PermissionGroup]:
    """Return what a role needs in a region, with the lessons' bucket."""
    partition, account = role.split(":")[1], role.split(":")[4]

    def on(resource_type: str, *operations: str) -> PermissionGroup:
        start = f"arn:{partition}:sagemaker:{region}:{account}:{resource_type}"
        actions = tuple(f"sagemaker:{operation}" for operation in operations)
        return PermissionGroup(actions, f"{start}/{NAME}", f"{start}/*")

    objects = f"arn:{partition}:s3:::{bucket}"
    logs = f"arn:{partition}:logs:{region}:{account}:log-group:/aws/sagemaker/"
    image = f"arn:{partition}:ecr:{region}:*:repository/sagemaker-xgboost"
    return [
        on("training-job", "CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob"),
        on("training-job", "AddTags"),
        on(
            "hyper-parameter-tuning-job",
            *("CreateHyperParameterTuningJob", "DescribeHyperParameterTuningJob"),
            *("StopHyperParameterTuningJob", "ListTrainingJobsForHyperParameterTuningJob"),
            "AddTags",
        ),
        on("model", "CreateModel", "DescribeModel", "DeleteModel"),
        on("transform-job", "CreateTransformJob", "DescribeTransformJob", "StopTransformJob"),
        on(
            "endpoint-config",
            *("CreateEndpointConfig", "DescribeEndpointConfig", "DeleteEndpointConfig"),
        ),
        on("endpoint", "CreateEndpoint", "DescribeEndpoint", "InvokeEndpoint", "DeleteEndpoint"),
        on("endpoint", "UpdateEndpoint", "UpdateEndpointWeightsAndCapacities"),
        PermissionGroup(("s3:CreateBucket", "s3:ListBucket"), objects, objects),
        PermissionGroup(
            ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
            f"{objects}/{NAME}/train.csv",
            f"{objects}/*",
        ),
        PermissionGroup(
            ("logs:CreateLogGroup", "logs:DescribeLogStreams"), f"{logs}TrainingJobs", f"{logs}*"
        ),
        PermissionGroup(
            ("logs:CreateLogStream", "logs:PutLogEvents", "logs:GetLogEvents"),
            f"{logs}TrainingJobs:log-stream:{NAME}",
            f"{logs}*",
        ),
        PermissionGroup(
            ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
            image.replace("*", "683313688378"),  # AWS's account for it in us-east-1: any is fine
            image,
        ),
        PermissionGroup(("ecr:GetAuthorizationToken", "cloudwatch:GetMetricStatistics")),
        PermissionGroup(
            ("cloudwatch:PutMetricData",),
            context=(("cloudwatch:namespace", "/aws/sagemaker/TrainingJobs"),),
        ),
        PermissionGroup(
            ("cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"),
            f"arn:{partition}:cloudwatch:{region}:{account}:alarm:{NAME}",
            f"arn:{partition}:cloudwatch:{region}:{account}:alarm:boston-*",
        ),
        PermissionGroup(("cloudwatch:PutMetricData",), context=(("cloudwatch:namespace", COURSE),)),
        PermissionGroup(("iam:GetRole",), role, role),
        PermissionGroup(
            ("iam:PassRole",), role, role, (("iam:PassedToService", "sagemaker.amazonaws.com"),)
        ),
    ]
