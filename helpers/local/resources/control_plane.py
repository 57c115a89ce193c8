"""From an operation's name to the function that serves it, and the held Describe.

The function of `CreateTrainingJob` is `create_training_job` in the file of its resource. The files
are those that `types.py` names.
"""

import asyncio
from collections.abc import Callable

from botocore import xform_name

from helpers.local.resources.call import Call
from helpers.local.resources.contradictions import check_contradictions
from helpers.local.resources.request_members import check_members
from helpers.local.resources.types import OPERATION_MODULES, TYPES, ServedType
from helpers.local.runtime.runner import Runner
from helpers.local.wire import aws_json
from helpers.local.wire.errors import unsupported_operation
from helpers.local.wire.service_model import service_model
from helpers.local.wire.validation import validate

HOLD_SECONDS = 50  # botocore gives up reading, and asks again, after 60
WAITED_FOR = {f"Describe{item.resource.prefix}": item for item in TYPES if item.resource.pending}


def served() -> dict[str, Callable[[Call], dict | None]]:
    """Return the functions of all operations that are served, by AWS's name."""
    functions = {name: item for module in OPERATION_MODULES for name, item in vars(module).items()}
    return {
        operation: functions[name]
        for operation in service_model().operation_names
        if (name := xform_name(operation)) in functions
    }


class ControlPlane:
    """Answers awsJson requests."""

    def __init__(self, runner: Runner):
        self._runner = runner
        self.served = served()

    async def answer(self, target: str, body: bytes, region: str, user_agent: str) -> bytes:
        """Return the body of the answer. Raises AwsError."""
        operation, params = aws_json.parse(target, body)
        function = self.served.get(operation)
        if function is None:
            raise unsupported_operation(operation, self.served)
        validate(operation, params)
        check_members(operation, params)
        check_contradictions(operation, params)
        call = Call(params, region, self._runner)
        if operation.startswith("Describe"):
            result = function(call)  # it waits for nobody, and a thread costs more than it
        else:
            result = await asyncio.to_thread(function, call) or {}
        if operation.startswith("Create") or operation == "UpdateEndpoint":
            for member, value in result.items():
                if member.endswith("Arn"):
                    self._runner.note_undescribed(value)
        waited_for = WAITED_FOR.get(operation)
        if waited_for and (mode := self._wait_mode(waited_for, result, user_agent)):
            result = await self._hold(waited_for, function, call, result, mode)
        return aws_json.serialize(operation, result)

    def _wait_mode(self, served_type: ServedType, result: dict, user_agent: str) -> str | None:
        """Return what a Describe waits for: "end" or "change" of the status, or None for nothing.

        Only a Describe that is a step of a client's wait is held. boto3's waiters say so in the
        User-Agent (feature B in its list `m/`), and sleep for one or two minutes after any answer
        but the last: they are held until the status is final. Of the SDK every Describe is a step
        that shows a change of status, except that version 3 reads back what it has just created, or
        an endpoint that it has just updated. A learner's own call is answered at once.
        """
        first = self._runner.is_first_description(result[served_type.resource.arn_member])
        words = user_agent.split()
        if any(word.startswith("m/") and "B" in word[2:].split(",") for word in words):
            return "end"
        sdk = any(word.startswith(("lib/AWS-SageMaker", "AWS-SageMaker")) for word in words)
        reads_back = any(word.startswith("lib/AWS-SageMakerCore#") for word in words)
        is_read_back = first and reads_back and served_type.is_read_back
        return "change" if sdk and not is_read_back else None

    async def _hold(
        self, served_type: ServedType, function: Callable, call: Call, result: dict, mode: str
    ) -> dict:
        """Hold the answer until the status changes or is final, for 50 s at the most."""
        loop = asyncio.get_running_loop()
        end = loop.time() + HOLD_SECONDS
        resource, statuses = served_type.resource, self._runner.context.statuses
        arn, before = result[resource.arn_member], result[resource.status_member]
        while (
            result[resource.status_member] in resource.pending
            and loop.time() < end
            and not statuses.closed
        ):
            event = statuses.watch(arn)  # before reading, so that no change is missed
            try:
                result = await asyncio.to_thread(function, call)
                status = result[resource.status_member]
                if status not in resource.pending or (mode == "change" and status != before):
                    break
                await asyncio.wait_for(event.wait(), end - loop.time())
            except TimeoutError:
                break
            finally:
                statuses.leave(arn, event)
        return result
