"""What to do about an error, by what it says: one table, read from the top."""

from __future__ import annotations

from helpers.lessons.error_rule import Rule
from helpers.lessons.error_rules_endpoints import ENDPOINT_RULES
from helpers.lessons.error_rules_jobs import JOB_RULES
from helpers.lessons.error_rules_sdk import SDK_RULES

RULES = (
    *ENDPOINT_RULES,
    *SDK_RULES,
    *JOB_RULES,
    # Names of jobs, models and endpoints
    Rule(
        "ResourceInUse",
        r"-job/(?P<name>[\w-]+)|with the name, (?P<other_name>[\w-]+)",
        "A job keeps its name, even after it has ended. {new_name}",
        operation="Create.*Job",
    ),
    Rule(
        "ValidationException",
        r"already existing model .*:model/(?P<name>[\w-]+)",
        "Choose another name, or delete the old model and run this cell again:\n"
        '    boto3.client("sagemaker").delete_model(ModelName="{name}")',
    ),
    Rule(
        "ValidationException",
        r"Value '(?P<value>.*?)' at '[\w.]*[nN]ame' failed .* length less than or equal to "
        r"(?P<longest>\d+)",
        "This name may have at most {longest} characters: letters, digits and hyphens, with a "
        "letter or digit at both ends. For example: {valid_name}",
    ),
    Rule(
        "ValidationException",
        r"Value '(?P<value>.*?)' at '[\w.]*[nN]ame' failed .* regular expression",
        "Names consist of letters, digits and hyphens, and begin and end with a letter or digit; "
        "underscores, spaces and dots are not allowed. For example: {valid_name}",
    ),
    Rule(
        "ValidationException",
        r"Value '(?P<value>.*?)' at '(?P<member>[\w.]+)' failed .* enum value set: "
        r"\[(?P<options>.*?)\]",
        "`{value}` is not one of the values that `{member}` can have. {closest}",
    ),
    Rule(
        "ValidationException",
        r'Could not find (?P<type>model|endpoint(?: configuration)?) "arn:.*/(?P<name>[\w-]+)"',
        'There is no {type} "{name}" in this account and region. It may be deleted already.',
        operation="Delete",
    ),
    Rule(
        "ValidationException",
        r"InstanceCount is required in ResourceConfig",
        "The number of instances was 0, or is missing: write instance_count=1.",
    ),
    Rule(
        "ValidationException",
        r'Could not find (?P<type>model|endpoint(?: configuration)?) "arn:.*/(?P<name>[\w-]+)"',
        'In this account and region there is no {type} "{name}". Is the name right, and has the '
        "cell that creates it been run?",
    ),
    Rule(
        "ValidationException",
        r"Requested resource not found|Could not find requested job",
        "In this account and region there is no job with this name. Is the name right, and has "
        "the cell that creates it been run?",
    ),
    # Objects on S3
    Rule(
        "ValidationException",
        r'(found under S3 URL "|find model data at )(?P<uri>s3://[^"\s]+?)("|\.$|\.\s)',
        "{objects} Correct the URI, or upload the data first.",
    ),
    Rule(
        "NoSuchKey|NoSuchBucket|404", "", "{objects} {output} Correct the name, or create it first."
    ),
    # What the account, the role and the credentials may do
    Rule(
        "ResourceLimitExceeded",
        r"service limit '(?P<quota>[^']+)' is (?P<value>[\d.]+)"
        r".* utilization of (?P<used>\d+) .* delta of (?P<more>\d+)",
        "Your quota is {value}. `python -m helpers quotas` compares your quotas with what the "
        "lessons need; add --request to ask AWS for more.{grant}",
    ),
    Rule(
        "ResourceLimitExceeded",
        r"requested resource [\w-]+/(?P<type>[\w.-]+) is not available in this region",
        "AWS does not offer {type} for this, whatever the quota. The lessons use ml.m5.large.",
    ),
    Rule(
        "ValidationError",
        r"specified value for \w+Name is invalid\. It must contain only alphanumeric",
        "Pass the name alone, not an ARN: what follows the last slash.",
    ),
    Rule(
        "AccessDenied",
        "to perform: sts:AssumeRole",
        "A role can be assumed only by whom its trust policy names. No lesson needs that: a job "
        "gets the role's ARN, and your own calls have credentials already.",
    ),
    Rule(
        "AccessDenied(Exception)?",
        r"not authorized to perform: (?P<action>[\w:-]+)",
        "The permission `{action}` is missing. `python -m helpers doctor` says which permissions "
        "the lessons need and how to add them.",
    ),
    Rule(
        "AccessDenied(Exception)?|403",
        "",
        "Is the bucket yours, and its name spelled correctly? `python -m helpers doctor` says "
        "which permissions the lessons need and how to add them.",
    ),
    Rule(
        "ParamValidationError|ValidationException|ValidationError",
        r"Invalid length for parameter \w*RoleArn|IAM role '.*' does not exist|"
        r"at '[\w.]*[rR]oleArn' failed .* regular expression",
        "A role is named by its full ARN: pass the lesson's variable `role`.",
    ),
    Rule(
        "ValidationException",
        r"Could not assume role",
        "Jobs run with a role that SageMaker may assume. `python -m helpers doctor` says what is "
        "wrong with yours; get_execution_role() of the SDK returns the one of this notebook.",
    ),
    Rule(
        "ExpiredToken(Exception)?|InvalidClientTokenId|UnrecognizedClientException|"
        "InvalidAccessKeyId|InvalidSignatureException|SignatureDoesNotMatch",
        "",
        "The credentials are wrong, or have expired. Run helpers.connect() again, then create "
        "your clients and sessions again.",
    ),
    Rule(
        "ValidationException",
        r"Cannot find the requested image",
        "Take the image's URI from the SDK, with a version that exists:\n    image_uris.retrieve("
        '"xgboost", session.boto_region_name, version="3.2-0")',
    ),
    Rule(
        "EndpointConnectionError|ConnectionClosedError|ConnectTimeoutError|ReadTimeoutError",
        r"http://(127\.0\.0\.1|localhost)",
        "The Local SageMaker does not answer. Run helpers.connect() again: it starts it if it has "
        "stopped. What you made is still there.",
    ),
    # Requests that botocore refuses to send
    Rule(
        "ParamValidationError",
        r'Invalid bucket name "(?:s3://)?(?P<bucket>[^":/]*)[:/]?[^"]*"',
        'A bucket\'s name has no s3:// and no slash: write "{bucket}".',
    ),
    Rule(
        "ParamValidationError",
        r"for parameter [\w.]*HyperParameters\.(?P<name>\w+), value: (?P<value>.*), "
        r"type: .*'(int|float)",
        'Hyperparameters are strings: "{name}": "{value}".',
    ),
    Rule(
        "ParamValidationError",
        r'Unknown parameter in (?P<place>.*?): "(?P<value>\w+)", must be one of: (?P<options>.*)',
        "No parameter of {place} is called `{value}`. {closest}",
    ),
    Rule(
        "ParamValidationError",
        r'Missing required parameter in input: "(?P<name>\w+)"',
        "Add `{name}=...` to the call.",
    ),
    Rule(
        "ParamValidationError",
        r'Missing required parameter in (?P<place>.*?): "(?P<name>\w+)"',
        'Add "{name}" to {place}.',
    ),
    # Python
    Rule(
        "ValueError",
        r"a mix of binary and continuous targets",
        "The model returns scores between 0 and 1. Turn them into labels first: is a score above "
        "0.5 a 1?",
    ),
    Rule(
        "ValueError",
        r"inconsistent numbers of samples: \[(?P<first>\d+), (?P<second>\d+)\]",
        "One has {first} rows, the other {second}: take both from the same set, in the same order.",
    ),
    Rule(
        "TypeError",
        r"type u?int\d+ is not JSON serializable|type float\d+ is not JSON serializable",
        "json can't write NumPy's numbers: convert them with int(...) or float(...).",
    ),
    Rule(
        "TypeError",
        r"^(?P<owner>\w+)\.__init__\(\) got an unexpected keyword argument '(?P<name>\w+)'",
        "`{owner}` has no argument `{name}`: help({owner}) lists those that it has. {parameter}",
    ),
    Rule("KeyError", "", "{columns}"),
    Rule("FileNotFoundError", "", "{files}"),
)
