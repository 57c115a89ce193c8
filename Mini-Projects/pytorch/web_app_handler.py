"""The function behind the web app's page, for the endpoint of the PyTorch project.

It takes the place of `web_app/handler.py`: the endpoint reads text, so there are no words to count
here. The page gets a sentiment and a probability; this model doesn't say which words decided.

Nothing that somebody typed is stored or printed: Lambda keeps what a function prints.
"""

import base64
import json
import os

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

MAX_CHARACTERS = 5000
UNAVAILABLE = "The model does not answer at the moment. Please try again in a minute."

settings = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
runtime = boto3.client("sagemaker-runtime", config=settings)


class RequestError(Exception):
    """A request without a result. `status` is that of the answer; the page shows the message."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def handler(event, context):
    """Answer a request: API Gateway's event, in payload format 2.0."""
    try:
        review = read_review(event)
        return respond(200, result(review, score(review)))
    except RequestError as error:
        return respond(error.status, {"message": str(error)})
    except (BotoCoreError, ClientError) as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code", type(error).__name__)
        print(f"The endpoint {os.environ['ENDPOINT_NAME']} gave no score: {code}")
        return respond(503, {"message": UNAVAILABLE})


def read_review(event):
    """Return the review in an event. Raises RequestError."""
    body = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body, validate=True).decode("utf-8")
        review = json.loads(body)["review"]
    except (ValueError, KeyError, TypeError):
        review = None
    if not isinstance(review, str):
        raise RequestError(400, 'The request should be a JSON object such as {"review": "Good."}.')
    if not review.strip():
        raise RequestError(400, "Please type a review first.")
    if len(review) > MAX_CHARACTERS:
        raise RequestError(
            413, f"The review has {len(review):,} characters. Please keep to {MAX_CHARACTERS:,}."
        )
    return review


def score(review):
    """Return the probability that a review is positive; a line break would begin another one."""
    response = runtime.invoke_endpoint(
        EndpointName=os.environ["ENDPOINT_NAME"],
        ContentType="text/plain",
        Body=" ".join(review.split()).encode("utf-8"),
    )
    return float(response["Body"].read())


def result(review, probability):
    """Return what the page shows."""
    number = len(review.split())
    return {
        "sentiment": ("negative", "positive")[probability > 0.5],
        "probability": probability,
        "words_typed": number,
        "words_known": number,
        "words": [],
        "parts": [{"text": review}],
    }


def respond(status, content):
    """Return an answer in the form that API Gateway expects."""
    headers = {"content-type": "application/json; charset=utf-8", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(content)}
