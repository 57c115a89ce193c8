"""Lifecycle configurations of notebook instances: create, describe, list, update, delete.

They are kept and checked. No script is run here: on AWS it runs as root on a machine of its own,
and this machine is the learner's.
"""

import base64
import binascii

from helpers.catalog.resource_types import LIFECYCLE_CONFIG, NOTEBOOK_INSTANCE
from helpers.local.resources.call import Call
from helpers.local.resources.pagination import list_page
from helpers.local.runtime.workloads import now
from helpers.local.state.database import Document
from helpers.local.wire.errors import ValidationException

NAME = "NotebookInstanceLifecycleConfigName"
ARN = "NotebookInstanceLifecycleConfigArn"
HOOKS = ("OnCreate", "OnStart")
SUMMARY = (NAME, ARN, "CreationTime", "LastModifiedTime")


def create_notebook_instance_lifecycle_config(call: Call) -> dict:
    name, created = call.params[NAME], now()
    arn = call.arn(LIFECYCLE_CONFIG, name)
    _check_scripts(call.params)
    document = {
        NAME: name,
        ARN: arn,
        "CreationTime": created,
        "LastModifiedTime": created,
        **{hook: call.params.get(hook, []) for hook in HOOKS},
    }
    taken = ValidationException(
        f"Unable to create Notebook Instance Lifecycle Config {arn}. (Details: Notebook "
        "Instance Lifecycle Config already exists.)"
    )
    call.insert(LIFECYCLE_CONFIG, document, taken)
    return {ARN: arn}


def describe_notebook_instance_lifecycle_config(call: Call) -> dict:
    return _find(call, "describe")


def list_notebook_instance_lifecycle_configs(call: Call) -> dict:
    page, token = list_page(call, LIFECYCLE_CONFIG, SUMMARY)
    return {"NotebookInstanceLifecycleConfigs": page, "NextToken": token}


def update_notebook_instance_lifecycle_config(call: Call) -> dict:
    """A hook that the request leaves out stays as it is; an empty list removes it."""
    _find(call, "update")
    _check_scripts(call.params)
    hooks = {hook: call.params[hook] for hook in HOOKS if hook in call.params}

    def change(document: Document) -> None:
        document.update(hooks, LastModifiedTime=now())

    call.change(LIFECYCLE_CONFIG, change, _not_found(call, "update"))
    return {}


def delete_notebook_instance_lifecycle_config(call: Call) -> None:
    config = _find(call, "delete")
    for instance in call.list_all(NOTEBOOK_INSTANCE):
        if instance.get(NAME) == config[NAME]:
            raise ValidationException(  # the wording is ours
                f"Unable to delete Notebook Instance Lifecycle Config '{config[ARN]}'. (Details: "
                f"Notebook Instance {instance['NotebookInstanceArn']} uses it. Delete that first, "
                "or update it with DisassociateLifecycleConfig.)"
            )
    call.delete(LIFECYCLE_CONFIG, config)


def check_exists(call: Call, name: str) -> None:
    """Raises ValidationException if the configuration does not exist; the wording is ours."""
    if call.database.get(LIFECYCLE_CONFIG.arn_type, call.region, name) is None:
        raise ValidationException(
            f"Notebook Instance Lifecycle Config '{call.arn(LIFECYCLE_CONFIG, name)}' does not "
            "exist."
        )


def _find(call: Call, verb: str) -> Document:
    return call.find(LIFECYCLE_CONFIG, _not_found(call, verb))


def _not_found(call: Call, verb: str) -> ValidationException:
    return ValidationException(
        f"Unable to {verb} Notebook Instance Lifecycle Config "
        f"'{call.arn(LIFECYCLE_CONFIG, call.params[NAME])}'. "
        "(Details: Notebook Instance Lifecycle Config does not exist.)"
    )


def _check_scripts(params: dict) -> None:
    """A script is UTF-8 text in base64 (API_NotebookInstanceLifecycleHook); the wording is ours."""
    for hook in HOOKS:
        for script in params.get(hook, ()):
            try:
                base64.b64decode(script.get("Content", ""), validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                raise ValidationException(
                    f"The {hook} script must be a base64-encoded shell script, for example the "
                    "output of `base64 -w0 on-start.sh`."
                ) from None
