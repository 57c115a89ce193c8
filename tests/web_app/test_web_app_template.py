"""The template of the web app: cfn-lint accepts it, its role is narrow, it fits what runs here."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.cloudformation import load_template

from helpers.home import CHECKOUT
from helpers.web_app import function, http_api, payload_format, server

TEMPLATE = CHECKOUT / "Mini-Projects/web_app/template.yaml"


@pytest.fixture(scope="module")
def template() -> dict:
    return load_template(TEMPLATE)


@pytest.fixture(scope="module")
def properties(template) -> dict[str, dict]:
    """Return the properties of each resource by its logical name."""
    return {name: it["Properties"] for name, it in template["Resources"].items()}


def test_cfn_lint_is_content():
    """cfn-lint finds no error or warning."""
    lint = Path(sys.executable).with_name("cfn-lint")
    command = [lint, "--regions", "us-east-1", "eu-west-1", "--template", TEMPLATE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_role_may_call_one_endpoint_and_write_its_log(properties):
    """The function's role has two statements, each for one resource, and no managed policy."""
    role = properties["FunctionRole"]
    assert "ManagedPolicyArns" not in role
    (policy,) = role["Policies"]
    calls, log = policy["PolicyDocument"]["Statement"]
    assert calls["Action"] == "sagemaker:InvokeEndpoint"
    assert calls["Resource"]["Fn::Sub"].endswith(":endpoint/${EndpointName}")
    assert "*" not in calls["Resource"]["Fn::Sub"]
    assert set(log["Action"]) == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert log["Resource"] == {"Fn::GetAtt": ["FunctionLog", "Arn"]}
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_only_the_api_may_call_the_function(properties):
    """Only this API, and on this route, may call the function."""
    assert properties["Permission"]["Principal"] == "apigateway.amazonaws.com"
    assert properties["Permission"]["SourceArn"]["Fn::Sub"].endswith(":${Api}/*/POST/sentiment")


def test_the_log_expires(properties):
    """The function's log is kept for two weeks, and goes with the stack; the API writes none."""
    assert properties["FunctionLog"]["RetentionInDays"] == 14
    assert properties["Function"]["LoggingConfig"] == {"LogGroup": {"Ref": "FunctionLog"}}
    assert "AccessLogSettings" not in properties["Stage"]


def test_only_the_page_may_read_answers(properties):
    """CORS allows the origin of the page alone, the one method and the one header."""
    cors = properties["Api"]["CorsConfiguration"]
    assert cors["AllowOrigins"] == [{"Fn::Sub": "https://${Distribution.DomainName}"}]
    assert cors["AllowMethods"] == [payload_format.ROUTE.split()[0]]
    assert cors["AllowHeaders"] == ["content-type"]
    assert cors["MaxAge"] == http_api.CORS_MAX_AGE_SECONDS


def test_the_limits_are_those_of_the_local_api(template, properties):
    """Route, payload format, throttling, handler and timeout are the same here and there."""
    defaults = {name: it.get("Default") for name, it in template["Parameters"].items()}
    assert defaults["RequestsPerSecond"] == http_api.RATE_PER_SECOND
    assert defaults["Burst"] == http_api.BURST
    settings = properties["Stage"]["DefaultRouteSettings"]
    assert settings["ThrottlingRateLimit"] == {"Ref": "RequestsPerSecond"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "Burst"}
    assert properties["Route"]["RouteKey"] == payload_format.ROUTE
    assert properties["Integration"]["PayloadFormatVersion"] == "2.0"
    assert properties["Function"]["Handler"] == function.HANDLER
    assert properties["Function"]["Timeout"] == function.TIMEOUT_SECONDS


def test_the_page_is_private_and_has_the_headers_of_the_local_one(properties):
    """Only CloudFront reads the page's bucket; the answers have the headers that they have here."""
    assert all(properties["PageBucket"]["PublicAccessBlockConfiguration"].values())
    (statement,) = properties["PageBucketPolicy"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert statement["Action"] == "s3:GetObject"
    headers = properties["PageHeaders"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    policy = headers["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert policy == server.PAGE_HEADERS["content-security-policy"]
    assert headers["ReferrerPolicy"]["ReferrerPolicy"] == server.PAGE_HEADERS["referrer-policy"]
    assert "ContentTypeOptions" in headers
