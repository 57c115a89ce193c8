"""The API in front of the function answers as an HTTP API of API Gateway: CORS, limits, errors."""

import json
from types import SimpleNamespace

import pytest

from helpers.web_app import FunctionError, request_event
from helpers.web_app.http_api import MAX_BODY_BYTES, HttpApi, Throttle
from helpers.web_app.payload_format import answer_of

PAGE = "http://127.0.0.1:8000"
JSON = {"content-type": "application/json"}


def api(function=lambda event: {"statusCode": 200, "body": "ok"}, **settings) -> HttpApi:
    return HttpApi(SimpleNamespace(invoke=function), PAGE, **settings)


def post(to: HttpApi, origin: str | None = PAGE, **headers):
    origins = {"origin": origin} if origin else {}
    return to.respond("POST", "/sentiment", {**JSON, **origins, **headers}, b"{}")


def test_a_preflight_of_the_page_is_allowed():
    """The browser's question before the request is answered without calling the function."""
    answer = api(pytest.fail).respond("OPTIONS", "/sentiment", {"origin": PAGE})
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers == {
        "access-control-allow-origin": PAGE,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "600",
    }


@pytest.mark.parametrize(
    "origin", ["https://example.com", "http://127.0.0.1:8001", "null", PAGE + "/", None]
)
def test_other_pages_get_no_permission(origin):
    """A page of any other origin may not read answers, nor send what needs a question first."""
    headers = {"origin": origin} if origin else {}
    assert api().respond("OPTIONS", "/sentiment", headers).headers == {}
    answer = post(api(), origin)
    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers


def test_the_page_may_read_answers_and_errors():
    """Answers, and errors of the API itself, have the header that lets the page read them."""
    throttled = api(rate_per_second=1, burst=1)
    answers = [post(throttled), post(throttled)]
    answers.append(throttled.respond("GET", "/", {"origin": PAGE}))
    assert [answer.status for answer in answers] == [200, 429, 404]
    assert {answer.headers["access-control-allow-origin"] for answer in answers} == {PAGE}


def test_the_length_of_an_answer_is_that_of_its_body():
    """A function's own Content-Length is dropped: the server sends the right one."""
    answered = {"statusCode": 200, "headers": {"Content-Length": "1"}, "body": "abc"}
    answer = post(api(lambda event: answered), PAGE)
    assert answer.headers.keys() == {"access-control-allow-origin", "content-type"}


def test_cors_headers_of_the_function_don_t_count():
    """A function can't let other pages in: the API drops its CORS headers."""
    opened = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*", "X-A": "1"}}
    answer = post(api(lambda event: opened), "https://example.com")
    assert answer.headers == {"x-a": "1"}


def test_the_throttle_refills():
    """The burst is taken at once; then there is one more for each part of a second."""
    now = [100.0]
    throttle = Throttle(rate_per_second=5, burst=3, clock=lambda: now[0])
    assert [throttle.allows() for _ in range(4)] == [True, True, True, False]
    now[0] += 0.2
    assert [throttle.allows() for _ in range(2)] == [True, False]
    now[0] += 60
    assert [throttle.allows() for _ in range(4)] == [True, True, True, False]


def fail(event):
    raise FunctionError({"errorType": "KeyError", "errorMessage": "'review'"})


@pytest.mark.parametrize(
    ("method", "target", "function", "body", "status", "message"),
    [
        ("GET", "/sentiment", pytest.fail, b"", 404, "Not Found"),
        ("POST", "/", pytest.fail, b"", 404, "Not Found"),
        ("POST", "/sentiment/", pytest.fail, b"", 404, "Not Found"),
        ("POST", "/sentiment", fail, b"{}", 500, "Internal Server Error"),
        ("POST", "http://[/sentiment", pytest.fail, b"", 404, "Not Found"),
        (
            "POST",
            "/sentiment",
            lambda event: {"statusCode": 200, "headers": {"a\r\nset-cookie": "b"}},
            b"",
            500,
            "Internal Server Error",
        ),
        (
            "POST",
            "/sentiment",
            lambda event: {"statusCode": 200, "headers": {"a": "\u20ac"}},
            b"",
            500,
            "Internal Server Error",
        ),
        (
            "POST",
            "/sentiment",
            lambda event: {"statusCode": 200, "headers": {"content-length:9": "1"}},
            b"",
            500,
            "Internal Server Error",
        ),
        (
            "POST",
            "/sentiment",
            lambda event: {"statusCode": "x"},
            b"",
            500,
            "Internal Server Error",
        ),
        (
            "POST",
            "/sentiment",
            pytest.fail,
            b"x" * (MAX_BODY_BYTES + 1),
            413,
            "Request Entity Too Large",
        ),
    ],
)
def test_errors_have_the_form_of_api_gateway(method, target, function, body, status, message):
    """The API's own errors have a JSON body with a message that gives nothing away."""
    answer = api(function).respond(method, target, JSON, body)
    assert answer.status == status
    assert json.loads(answer.body) == {"message": message}
    assert answer.headers["content-type"] == "application/json"


def test_the_event_is_in_payload_format_2():
    """The event has the members of payload format 2.0, headers by lower-case name."""
    headers = {**JSON, "host": "127.0.0.1:80", "user-agent": "me"}
    event = request_event('{"review": "\u00e9"}', headers, "/sentiment?a=1&b=2")
    assert event["version"] == "2.0"
    assert event["routeKey"] == event["requestContext"]["routeKey"] == "POST /sentiment"
    assert (event["rawPath"], event["rawQueryString"]) == ("/sentiment", "a=1&b=2")
    assert event["headers"] == headers
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["requestContext"]["http"]["userAgent"] == "me"
    assert event["requestContext"]["stage"] == "$default"
    assert (event["body"], event["isBase64Encoded"]) == ('{"review": "\u00e9"}', False)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"good", "application/octet-stream"), (b"good", ""), (b"\xff", "application/json")],
)
def test_what_is_not_text_is_encoded(body, content_type):
    """A body whose content type, or whose bytes, are not text is encoded in base64."""
    event = request_event(body, {"content-type": content_type})
    assert event["isBase64Encoded"]
    assert event["body"] in ("Z29vZA==", "/w==")


def test_a_request_without_a_body_has_none_in_its_event():
    """An empty body is left out of the event."""
    assert "body" not in request_event(b"")


@pytest.mark.parametrize(
    ("value", "status", "body"),
    [
        ({"a": 1}, 200, b'{"a": 1}'),
        ("text", 200, b"text"),
        (None, 200, b"null"),
        ({"statusCode": "201", "body": "made"}, 201, b"made"),
        ({"statusCode": 200, "body": "aGk=", "isBase64Encoded": True}, 200, b"hi"),
        ({"statusCode": 200, "body": None}, 200, b""),
        ({"statusCode": 204, "body": "a"}, 204, b""),
        ({"statusCode": 304, "body": "a"}, 304, b""),
    ],
)
def test_what_a_function_may_return(value, status, body):
    """An answer may be whole, or only its body."""
    answer = answer_of(value)
    assert (answer.status, answer.body) == (status, body)


def test_headers_and_cookies_of_an_answer():
    """Headers are text by lower-case name, cookies are apart, and format 1.0's members are not."""
    value = {
        "statusCode": 200,
        "headers": {"X-Number": 1, "x-list": "a,b", "Transfer-Encoding": "chunked", "TE": "a"},
        "cookies": ["a=1; Path=/", "b=2"],
        "multiValueHeaders": {"x-old": ["a", "b"]},
    }
    answer = answer_of(value)
    assert answer.headers == {"x-number": "1", "x-list": "a,b"}
    assert answer.cookies == ("a=1; Path=/", "b=2")


def test_the_content_type_of_an_answer_that_names_none():
    """Text is plain text, unless the function says otherwise; an answer without a body has none."""
    answers = [answer_of({"statusCode": 200, "body": text}) for text in ("<b>", "")]
    assert [answer.headers for answer in answers] == [
        {"content-type": "text/plain; charset=utf-8"},
        {},
    ]
    html = {"statusCode": 200, "headers": {"Content-Type": "text/html"}, "body": "<b>"}
    assert answer_of(html).headers == {"content-type": "text/html"}


def test_cookies_and_queries_of_an_event():
    """Cookies are a list and not a header; of parameters, the values of one name are joined."""
    headers = {**JSON, "cookie": "a=1; b=2"}
    event = request_event("{}", headers, "/sentiment?a=1&b=%C3%A9&a=2&c=")
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["headers"] == JSON
    assert event["queryStringParameters"] == {"a": "1,2", "b": "é", "c": ""}
    assert event["rawQueryString"] == "a=1&b=%C3%A9&a=2&c="
    assert {"cookies", "queryStringParameters"}.isdisjoint(request_event("{}"))


@pytest.mark.parametrize(
    "value",
    [
        {"statusCode": 99},
        {"statusCode": 101},
        {"statusCode": None},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": 0},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["b", "c"]}},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "cookies": ["a=1\r\nb: c"]},
        {"statusCode": 200, "body": "a*Gk=", "isBase64Encoded": True},
        {"statusCode": 200, "body": "a", "isBase64Encoded": True},
        {"statusCode": 200, "body": "aGk=", "isBase64Encoded": "false"},
    ],
)
def test_what_a_function_may_not_return(value):
    """An answer of another form is refused; the API makes it an error of the server."""
    with pytest.raises(ValueError, match=r"."):
        answer_of(value)
