"""SNS topics, which moto keeps: publish a message to one."""

import json
import sys
from typing import Any

from moto.core.exceptions import ServiceException
from moto.sns.models import sns_backends

from helpers.home import ACCOUNT


def publish(region: str, topic_arn: str, message: dict[str, Any]) -> None:
    """Publish a message as JSON; a topic that does not exist is named in the server's log."""
    try:
        sns_backends[ACCOUNT][region].publish(json.dumps(message), arn=topic_arn)
    except ServiceException as error:
        print(f"Nothing was published to {topic_arn}: {error}", file=sys.stderr)
