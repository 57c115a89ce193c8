"""What to do about errors of endpoints and their calls: a part of the table in `error_rules`."""

from __future__ import annotations

from helpers.lessons.error_rule import Rule

ENDPOINT_RULES = (
    Rule(
        "ValidationException",
        r'already existing endpoint ".*:endpoint/(?P<name>[\w-]+)"',
        "This endpoint is up already, perhaps since this cell was run before: then go on with the "
        "next cell. To begin again, delete it, wait until it is gone, and choose another name:\n"
        '    boto3.client("sagemaker").delete_endpoint(EndpointName="{name}")',
    ),
    Rule(
        "ValidationException",
        r'already existing endpoint configuration ".*:endpoint-config/(?P<name>[\w-]+)"',
        "A configuration is never changed. Choose another name, or, if no endpoint uses the old "
        "one, delete it and run this cell again:\n"
        '    boto3.client("sagemaker").delete_endpoint_config(EndpointConfigName="{name}")',
    ),
    Rule(
        "ValidationException",
        r"Cannot update in-progress endpoint",
        "An update of this endpoint is under way. Wait until it is InService, then run this cell "
        "again.",
    ),
    Rule(
        "ValidationError",
        r"for Endpoint\.update\n(endpoint_config_name\n +Unexpected|1\n +Input should be a valid "
        r"boolean)",
        "update() has no argument for the configuration. Assign its name first:\n"
        "    endpoint.endpoint_config_name = config.endpoint_config_name\n"
        "    endpoint.update()",
    ),
    Rule(
        "ValidationError",
        r"for Endpoint\nendpoint_config_name\.str\n +Input should be a valid string",
        "Assign the configuration's name, not the configuration itself: "
        "config.endpoint_config_name.",
    ),
    Rule(
        "ModelError",
        r"\(415\) from [\w.-]+ with message \"Loading (?P<format>csv|libsvm) data failed",
        "The body is not {format}, or it is and content_type says something else: text/csv is for "
        "rows of numbers, text/libsvm for lines such as 0:0 611:1.",
    ),
    Rule(
        "ModelError",
        r"client error \(415\)",
        "The container does not accept this content type, or none was sent. For CSV: "
        'content_type="text/csv" with the SDK, ContentType="text/csv" with boto3.',
    ),
    Rule(
        "ModelError",
        r"num_col_ \((?P<trained>\d+) vs\. (?P<sent>\d+)\)",
        "The row has {sent} columns, but the model was trained with {trained}: is the label or an "
        "index still in it?",
    ),
)
