"""The function of the web app answers every kind of request, by a real endpoint."""

import json

import pytest

from helpers.web_app import Function, request_event

REVIEW = "A masterpiece. <b>Great</b> fun \N{GRINNING FACE}, only the music was dull, dull, DULL."


@pytest.fixture(scope="module")
def ask(function):
    """Return ask(review), which returns the status and the content of the answer."""

    def ask(review):
        answer = function.invoke(request_event({"review": review}))
        assert answer["headers"]["content-type"] == "application/json; charset=utf-8"
        assert answer["headers"]["cache-control"] == "no-store"
        return answer["statusCode"], json.loads(answer["body"])

    return ask


def test_a_review_has_a_sentiment_and_words(ask):
    """A review gets a probability, the sentiment that follows from it, and an effect a word."""
    status, content = ask(REVIEW)
    assert status == 200
    assert content["sentiment"] == ("positive" if content["probability"] > 0.5 else "negative")
    effects = {each["word"]: each["effect"] for each in content["words"]}
    assert effects["great"] > 0 > effects["dull"]
    assert [abs(each["effect"]) for each in content["words"]] == sorted(
        map(abs, effects.values()), reverse=True
    )


def test_the_parts_are_the_text(ask):
    """The parts of the answer put together are the text, and a word's parts name its term."""
    _, content = ask(REVIEW)
    assert "".join(part["text"] for part in content["parts"]) == REVIEW
    marked = [(part["text"], part["term"]) for part in content["parts"] if "term" in part]
    assert ("Great", "great") in marked
    assert [text for text, term in marked if term == "dull"] == ["dull", "dull", "DULL"]


def test_an_effect_is_the_difference_without_the_word(ask):
    """The effect of a word is the probability minus that of the review without the word."""
    _, content = ask("A great film, but the music was dull.")
    _, without = ask("A film, but the music was dull.")
    effect = next(each["effect"] for each in content["words"] if each["word"] == "great")
    assert effect == pytest.approx(content["probability"] - without["probability"], abs=1e-6)


def test_a_word_typed_thirty_times_is_clipped(ask, served):
    """A word typed thirty times counts as often as the model has seen it, and not as absent."""
    _, once = ask("terrible")
    _, often = ask("terrible " * 30)
    (word,) = often["words"]
    highest = served.highest()[served.vectorizer.vocabulary_["terribl"]]
    assert (word["typed"], word["counted"]) == (30, highest)
    assert often["sentiment"] == once["sentiment"] == "negative"
    assert word["effect"] < -0.05


@pytest.mark.parametrize(
    "review", ["Très drôle.", "这部电影很好", "Отличный фильм!", "zzyzx", "..."]
)
def test_without_known_words_the_sentiment_is_unknown(ask, review):
    """A review without a word of the vocabulary is answered, but not judged."""
    status, content = ask(review)
    assert (status, content["sentiment"], content["probability"]) == (200, None, None)
    assert content["words_known"] == 0
    assert content["parts"] == [{"text": review}]


@pytest.mark.parametrize("review", ["", "  \n\t ", None, 7, ["good"], {"a": 1}, True])
def test_an_invalid_review_is_refused_in_words(ask, review):
    """An empty review, and one that is not text, is refused with a message for people."""
    status, content = ask(review)
    assert status == 400
    assert content["message"].startswith("Please ")


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "7", "null", '"review"', "{}", b"\xff", "[" * 100_000]
)
def test_what_is_not_json_with_a_review_is_refused(function, body):
    """A body that is not a JSON object with a review is refused with status 400."""
    answer = function.invoke(request_event(body))
    assert answer["statusCode"] == 400
    assert '{"review": "..."}' in json.loads(answer["body"])["message"]


def test_an_encoded_body_is_read(function):
    """A body that API Gateway has encoded in base64 is read like any other."""
    body = json.dumps({"review": "Great, \u00e9."}, ensure_ascii=False).encode()
    event = request_event(body, {"content-type": "application/octet-stream"})
    assert event["isBase64Encoded"]
    content = json.loads(function.invoke(event)["body"])
    assert content["parts"][-1]["text"] == ", \u00e9."


def test_the_limit_is_in_characters(ask):
    """5,000 characters are accepted, in whatever script, and one more is refused."""
    assert ask("\N{PILE OF POO}" * 5000)[0] == 200
    status, content = ask("x" * 5001)
    assert status == 413
    assert "5,001 characters, and 5,000 are allowed" in content["message"]


def test_a_review_of_many_words_is_explained_in_part(function, served):
    """A long review of distinct words takes one call, and at most 400 words get an effect."""
    terms = sorted(served.vectorizer.vocabulary_, key=len)
    review, length = [], 0
    for term in terms:
        if length + len(term) + 1 > 5000:
            break
        review.append(term)
        length += len(term) + 1
    answer = function.invoke(request_event({"review": " ".join(review)}))
    content = json.loads(answer["body"])
    assert answer["statusCode"] == 200
    assert content["words_known"] > 400
    assert len(content["words"]) == 400


@pytest.mark.parametrize("review", ["\ud800 good", "good\x00bad", "<script>alert(1)</script> good"])
def test_odd_text_is_text(ask, review):
    """Lone surrogates, control characters and markup are text like any other."""
    status, content = ask(review)
    assert status == 200
    assert "".join(part["text"] for part in content["parts"]) == review


def test_nothing_that_was_typed_is_printed(function, ask):
    """The function prints nothing for any of these requests, good or bad."""
    for review in ("secret good", "", "secret " * 900, None):
        ask(review)
    assert function.log == []


def test_an_endpoint_that_is_gone_is_explained_in_words(package, environment):
    """Without its endpoint the function answers 503; the log has the code, not the review."""
    function = Function(package, {**environment, "ENDPOINT_NAME": "gone"})
    try:
        answer = function.invoke(request_event({"review": "A secret, good film."}))
    finally:
        function.stop()
    assert answer["statusCode"] == 503
    assert json.loads(answer["body"])["message"].startswith("The model does not answer")
    assert function.log == ["The endpoint gone gave no scores: ValidationError"]


def test_a_server_that_is_gone_is_explained_in_words(package, environment):
    """If nothing listens at the endpoint's address, the answer is the same."""
    nowhere = {**environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    function = Function(package, {**nowhere, "ENDPOINT_NAME": "any"})
    try:
        answer = function.invoke(request_event({"review": "A good film."}))
    finally:
        function.stop()
    assert answer["statusCode"] == 503
    assert function.log == ["The endpoint any gave no scores: EndpointConnectionError"]
