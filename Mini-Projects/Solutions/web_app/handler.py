"""The function behind the web app: a review comes in; its sentiment, and why, go out.

API Gateway calls `handler` for each request, and sends what it returns to the page. On AWS this
runs in Lambda, with `vocabulary.json` and `max_counts.json` beside it. `helpers.text.words`, which
counted the words for training, is packed with it, so that the words are counted here as there.

Nothing that somebody typed is stored or printed: Lambda keeps what a function prints.
"""

import base64
import json
import os
from collections import Counter
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from helpers.text.words import word_spans, words

MAX_CHARACTERS = 5000
MAX_EXPLAINED_WORDS = 400  # one row each: the request stays far below the endpoint's limit of 6 MB
FOLDER = Path(__file__).parent
VOCABULARY = json.loads((FOLDER / "vocabulary.json").read_text(encoding="utf-8"))  # term: column
MAX_COUNTS = json.loads((FOLDER / "max_counts.json").read_text(encoding="utf-8"))  # by column
UNAVAILABLE = "The model does not answer at the moment. Please try again in a minute."

# The page waits for the answer, so an endpoint that doesn't answer is given up after some seconds.
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
        counts = count_words(review)
        probability, effects = explain(counts) if counts else (None, {})
        return respond(200, result(review, counts, probability, effects))
    except RequestError as error:
        return respond(error.status, {"message": str(error)})
    except (BotoCoreError, ClientError) as error:
        code = getattr(error, "response", {}).get("Error", {}).get("Code", type(error).__name__)
        print(f"The endpoint {os.environ['ENDPOINT_NAME']} gave no scores: {code}")
        return respond(503, {"message": UNAVAILABLE})


def read_review(event):
    """Return the review, a string, in an event.

    The body is a JSON object such as {"review": "A good film."}. API Gateway encodes it in base64
    where the request's content type is not one of text, and `isBase64Encoded` then says so.

    Raises RequestError with status 400 if the body is not such an object or the review is empty
    (spaces count as empty), and with status 413 if it has more than MAX_CHARACTERS characters.
    """
    # TODO: return the review, or raise a RequestError whose message tells people what to do.
    ### BEGIN SOLUTION
    body = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body).decode()
        review = json.loads(body)["review"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise RequestError(400, 'Please send a JSON object such as {"review": "..."}.') from None
    if not isinstance(review, str):
        raise RequestError(400, "Please send the review as text.")
    if not review.strip():
        raise RequestError(400, "Please write a review first.")
    if len(review) > MAX_CHARACTERS:
        raise RequestError(
            413,
            f"The review is too long: it has {len(review):,} characters, and {MAX_CHARACTERS:,} "
            "are allowed. Please shorten it.",
        )
    return review
    ### END SOLUTION


def count_words(review):
    """Return a dict from each term of the vocabulary in the review to its count.

    No count is higher than the highest one of the training rows, MAX_COUNTS[column]; a term whose
    count would be 0 is left out.
    """
    # TODO: count the words as for training, keep those of the vocabulary, and clip the counts.
    ### BEGIN SOLUTION
    typed = Counter(words(review))
    counts = {
        term: min(count, MAX_COUNTS[VOCABULARY[term]])
        for term, count in typed.items()
        if term in VOCABULARY
    }
    return {term: count for term, count in counts.items() if count}
    ### END SOLUTION


def score(rows):
    """Return the probability that a review is positive for each row, in one call of the endpoint.

    Each row is a dict from term to count. In the request it is a line of libsvm, such as
    "0:0 17:1 230:2": columns in order, and column 0 always there, also with a count of 0, because
    `helpers.text.write_libsvm` wrote the training rows so.
    """
    # TODO: write the lines, and ask the endpoint os.environ["ENDPOINT_NAME"] with `runtime`.
    ### BEGIN SOLUTION
    lines = []
    for counts in rows:
        values = {0: 0} | {VOCABULARY[term]: count for term, count in counts.items()}
        lines.append(" ".join(f"{column}:{values[column]}" for column in sorted(values)))
    answer = runtime.invoke_endpoint(
        EndpointName=os.environ["ENDPOINT_NAME"],
        ContentType="text/libsvm",
        Body="\n".join(lines),
    )
    return [float(line) for line in answer["Body"].read().split()]
    ### END SOLUTION


def explain(counts):
    """Return the probability for a row, and the effect of each of its terms as a dict.

    The effect of a term is the probability with it minus the probability without it, so above 0 for
    a term that counts for positive. Only the first MAX_EXPLAINED_WORDS terms get one.
    """
    # TODO: score the row, and the row without each of its terms, all in one call.
    ### BEGIN SOLUTION
    terms = list(counts)[:MAX_EXPLAINED_WORDS]
    without = [{other: counts[other] for other in counts if other != term} for term in terms]
    probability, *scores = score([counts, *without])
    return probability, {term: probability - each for term, each in zip(terms, scores, strict=True)}
    ### END SOLUTION


def result(review, counts, probability, effects):
    """Return what the page shows: the sentiment, the effect of each word, and the text in parts.

    Without a single known word there is nothing to judge by, and the sentiment is null.
    """
    typed, spelling, parts, end = Counter(words(review)), {}, [], 0
    for begin, finish, term in word_spans(review):
        spelling.setdefault(term, review[begin:finish].lower())
        if term in counts:
            parts += [{"text": review[end:begin]}, {"text": review[begin:finish], "term": term}]
            end = finish
    order = sorted(effects, key=lambda term: -abs(effects[term]))
    names = {term: spelling.get(term, term) for term in order}
    return {
        "sentiment": None if probability is None else ("negative", "positive")[probability > 0.5],
        "probability": probability,
        "words_typed": sum(typed.values()),
        "words_known": sum(count for term, count in typed.items() if term in VOCABULARY),
        "words": [
            {
                "term": term,
                "word": names[term],
                "typed": typed[term],
                "counted": counts[term],
                "effect": effects[term],
            }
            for term in order
        ],
        "parts": [*parts, {"text": review[end:]}],
    }


def respond(status, content):
    """Return an answer in the form that API Gateway expects."""
    headers = {"content-type": "application/json; charset=utf-8", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(content)}
