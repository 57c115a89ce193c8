"""The page of the web app in a real browser: the result, input of every sort, errors in words."""

import re

import pytest
from support.web_page import PRAISE, judge, status

from helpers.web_app import Function, WebApp


def cells(page, caption: str) -> list[list[str]]:
    rows = page.get_by_role("table", name=caption).locator("tbody tr").all()
    return [row.locator("th, td").all_inner_texts() for row in rows]


def test_a_review_gets_sentiment_certainty_and_words(open_page):
    """A review is judged: its sentiment, how sure the model is, and the words for and against."""
    page = open_page()
    judge(page, PRAISE)
    assert status(page) == "Done. The result is below."
    assert re.fullmatch(r"Positive, \d\d\s% sure", page.locator("h2").inner_text())
    assert "The probability that it is positive is" in page.locator("#certainty").inner_text()
    assert "superb" in [row[0] for row in cells(page, "Words for positive")]
    assert "dull" in [row[0] for row in cells(page, "Words for negative")]
    (superb,) = (row for row in cells(page, "Words for positive") if row[0] == "superb")
    assert superb[1] == "1"
    assert re.fullmatch(r"\d\d\s%", superb[2])


def test_words_are_marked_in_the_text_by_more_than_colour(open_page):
    """The text comes back whole; its words are marked by a sign, and in hidden words."""
    page = open_page()
    judge(page, PRAISE)
    marked = page.locator("#text mark.for").all_text_contents()
    assert "+superb (counts for positive)" in marked
    assert (
        "\N{MINUS SIGN}dull (counts for negative)"
        in page.locator("#text mark.against").all_text_contents()
    )
    styles = [
        page.locator(f"#text mark.{side}").first.evaluate(
            "node => getComputedStyle(node).borderBottomStyle"
        )
        for side in ("for", "against")
    ]
    assert len(set(styles)) == 2
    shown = re.sub(
        r" \(counts for \w+\)|[+\N{MINUS SIGN}]", "", page.locator("#text").text_content()
    )
    assert shown == PRAISE


def test_a_word_typed_thirty_times_is_explained(open_page):
    """A word typed thirty times keeps its side, and a note says how often it counts."""
    page = open_page()
    judge(page, "terrible " * 30)
    assert page.locator("h2").inner_text().startswith("Negative")
    note = page.locator("#notes").inner_text()
    assert re.search("“terrible” occurs 30 times, and counts 4 times", note)


def test_html_is_shown_as_text(open_page):
    """Markup in a review is shown as it was typed, and does nothing."""
    page = open_page()
    text = (
        '<img src=x onerror="document.title=1"><b>great</b> <script>document.title=2</script> film'
    )
    judge(page, text)
    assert page.locator("#text").locator("img, b, script").count() == 0
    assert text.split(">")[0] in page.locator("#text").text_content()
    assert page.title() == "Is this film review positive?"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Très drôle, vraiment.", "None of its words was in the reviews"),
        ("这部电影很好", "It knows only English"),
        ("!!! ... ???", "It contains no words"),
    ],
)
def test_a_review_without_known_words_is_not_judged(open_page, text, reason):
    """Without a known word the page says so, and shows no sentiment, bar or table."""
    page = open_page()
    judge(page, text)
    assert (
        page.locator("h2").inner_text()
        == "The model can\N{RIGHT SINGLE QUOTATION MARK}t judge this review"
    )
    assert reason in page.locator("#known").inner_text()
    assert not page.locator("#scale").is_visible()
    assert not page.locator("#explanation").is_visible()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Please write a review first."),
        (" \n ", "Please write a review first."),
        ("x" * 5001, "The review is too long: 5,000 characters are allowed."),
    ],
)
def test_input_is_checked_before_it_is_sent(open_page, text, message):
    """An empty or too long review is refused in words, its field marked and in focus."""
    page = open_page()
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    judge(page, text)
    assert status(page).startswith(message)
    field = page.get_by_label("Your review")
    assert field.get_attribute("aria-invalid") == "true"
    assert field.evaluate("node => node === document.activeElement")
    assert sent == []
    judge(page, "Great.")
    assert status(page) == "Done. The result is below."
    assert field.get_attribute("aria-invalid") == "false"


def test_a_review_of_5000_characters_is_judged(open_page):
    """The longest review is judged, also if each character takes several bytes."""
    page = open_page()
    judge(page, "great " + "\N{PILE OF POO}" * 4994)
    assert status(page) == "Done. The result is below."
    assert page.locator("#length").inner_text() == "5,000 characters"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"status": 429, "body": '{"message":"Too Many Requests"}'}, "Too many reviews are being"),
        ({"status": 500, "body": '{"message":"Internal Server Error"}'}, "Something went wrong"),
        ({"status": 503, "body": '{"message":"The model is away."}'}, "The model is away."),
        ({"status": 413, "body": '{"message":"Too long."}'}, "Too long."),
        ({"status": 502, "body": "<html>"}, "Something went wrong"),
        ({"status": 503, "body": "<html>"}, "Something went wrong"),
        ({"status": 200, "body": "<html>"}, "Something went wrong"),
        (None, "The server could not be reached"),
    ],
)
def test_errors_are_explained_in_words(open_page, app, answer, message):
    """Each error is explained in a sentence, the review stays, and no result is shown."""
    page = open_page(expected="Failed to load resource")
    headers = {"access-control-allow-origin": app.page_url.rstrip("/")}
    page.route(
        app.api_url,
        lambda route: route.fulfill(headers=headers, **answer) if answer else route.abort(),
    )
    judge(page, PRAISE)
    assert status(page).startswith(message)
    assert page.locator("#status").get_attribute("class") == "error"
    assert page.get_by_label("Your review").input_value() == PRAISE
    assert not page.locator("#result").is_visible()


def test_throttling_and_a_missing_endpoint_are_explained_with_the_real_api(
    open_page, package, environment
):
    """With the real API, too many reviews and a missing endpoint are explained in words."""
    function = Function(package, {**environment, "ENDPOINT_NAME": "gone"})
    app = WebApp(function, rate_per_second=0.01, burst=1)
    try:
        page = open_page(app.page_url, expected="Failed to load resource")
        judge(page, PRAISE)
        assert status(page).startswith("The model does not answer at the moment")
        judge(page, PRAISE)
        assert status(page).startswith("Too many reviews are being sent")
    finally:
        app.stop()
        function.stop()
