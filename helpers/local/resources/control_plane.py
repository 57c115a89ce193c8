"""From an operation's name to the function that serves it, and the held Describe.

The function of `CreateTrainingJob` is `create_training_job` in the file of its resource. There is
no other table to keep.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from botocore import xform_name

from helpers.local.resources import (
    models,
    notebook_instances,
    notebook_lifecycle_configs,
    tags,
    training_jobs,
    transform_jobs,
)
from helpers.local.resources.call import Call
from helpers.local.runtime.workloads import IN_PROGRESS, JobRunner
from helpers.local.wire import aws_json
from helpers.local.wire.errors import unsupported_operation
from helpers.local.wire.service_model import service_model
from helpers.local.wire.validation import validate

MODULES = (
    training_jobs,
    transform_jobs,
    models,
    notebook_instances,
    notebook_lifecycle_configs,
    tags,
)
CHANGING = IN_PROGRESS | {"Pending"}  # no final status: a wait goes on
HOLD_SECONDS = 50  # botocore gives up reading, and asks again, after 60


@dataclass(frozen=True)
class Held:
    """How the Describe of a job is held while the job runs.

    reads_back: the SDK describes the job once right after it created it, and must not wait then.
    """

    arn: str
    status: str
    reads_back: bool


HELD = {
    "DescribeTrainingJob": Held("TrainingJobArn", "TrainingJobStatus", reads_back=True),
    "DescribeTransformJob": Held("TransformJobArn", "TransformJobStatus", reads_back=False),
    "DescribeNotebookInstance": Held(
        "NotebookInstanceArn", "NotebookInstanceStatus", reads_back=True
    ),
}


def served() -> dict[str, Callable[[Call], dict | None]]:
    """All operations that are served, by AWS's name."""
    functions = {name: item for module in MODULES for name, item in vars(module).items()}
    return {
        operation: functions[name]
        for operation in service_model().operation_names
        if (name := xform_name(operation)) in functions
    }


class ControlPlane:
    """Answers awsJson requests."""

    def __init__(self, workshop: JobRunner):
        self._workshop = workshop
        self.served = served()
        self._fresh: set[str] = set()  # ARNs that were created and not described yet

    async def answer(self, target: str, body: bytes, region: str, user_agent: str) -> bytes:
        """The body of the answer. Raises AwsError."""
        operation, params = aws_json.parse(target, body)
        function = self.served.get(operation)
        if function is None:
            raise unsupported_operation(operation, self.served)
        validate(operation, params)
        call = Call(operation, params, region, self._workshop)
        result = await asyncio.to_thread(function, call) or {}
        if operation.startswith("Create"):
            self._fresh.update(value for name, value in result.items() if name.endswith("Arn"))
        held = HELD.get(operation)
        if held and (until := self._waits(held, result[held.arn], user_agent)):
            result = await self._hold(held, function, call, result, until)
        return aws_json.serialize(operation, result)

    def _waits(self, held: Held, arn: str, user_agent: str) -> str | None:
        """Whether this Describe is a step of somebody's wait, which we make short: until what.

        boto3's waiters say so in the User-Agent (feature B in its list `m/`), and sleep for one or
        two minutes after any answer but the last: they are held until the job's "end". Of the SDK
        every Describe is a step, but for the reading back: it shows each "change" of status. A
        learner's own call is answered at once.
        """
        fresh = arn in self._fresh
        self._fresh.discard(arn)
        words = user_agent.split()
        if any(word.startswith("m/") and "B" in word[2:].split(",") for word in words):
            return "end"
        sdk = any(word.startswith(("lib/AWS-SageMaker", "AWS-SageMaker")) for word in words)
        return "change" if sdk and not (held.reads_back and fresh) else None

    async def _hold(
        self, held: Held, function: Callable, call: Call, result: dict, until: str
    ) -> dict:
        """Keep the answer back until the job's status changes or ends, for 50 s at the most."""
        loop = asyncio.get_running_loop()
        end = loop.time() + HOLD_SECONDS
        statuses, arn, first = self._workshop.statuses, result[held.arn], result[held.status]
        while result[held.status] in CHANGING and loop.time() < end and not statuses.closed:
            event = statuses.watch(arn)  # before reading, so that no change is missed
            try:
                result = await asyncio.to_thread(function, call)
                if until == "change" and result[held.status] != first:
                    break
                if result[held.status] not in CHANGING:
                    break
                await asyncio.wait_for(event.wait(), end - loop.time())
            except TimeoutError:
                break
            finally:
                statuses.leave(arn, event)
        return result
