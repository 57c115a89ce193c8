"""The page of the web app in a real browser: each task, errors in words, phone, keyboard, axe."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from helpers.web_app import WebApp

PRAISE = "A masterpiece. The acting is superb, and I loved it. Only the music was dull."
PHONE, DESKTOP = {"width": 375, "height": 667}, {"width": 1200, "height": 900}
WAIT_MS = 30_000  # of a busy machine
SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def app(function):
    made = WebApp(function, rate_per_second=1000, burst=1000)
    yield made
    made.stop()


@pytest.fixture
def open_page(browser, app):
    """Return open_page(...), which returns the page in a window of its own.

    The test fails if the page causes an error, or a message of the browser that is not expected.
    """
    contexts, problems = [], []

    def open_page(url=app.page_url, expected="(?!)", **settings):
        context = browser.new_context(**{"viewport": DESKTOP, **settings})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda message: (
                None if re.search(expected, message.text) else problems.append(message.text)
            ),
        )
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def judge(page, text: str) -> None:
    """Type a review, press the button, and wait for the result or an error."""
    page.get_by_label("Your review").fill(text)
    page.get_by_role("button", name="Judge the review").click()
    answered = re.compile("^(?!The model reads).")
    expect(page.get_by_role("status")).to_have_text(answered, timeout=WAIT_MS)


def status(page) -> str:
    return page.get_by_role("status").inner_text()


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
        ("!!! ... ???", "There is no word in it"),
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
    from helpers.web_app import Function

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


def test_the_keyboard_is_enough(open_page):
    """Tab, typing and Enter do everything; the focus goes to the result and is visible."""
    page = open_page()
    page.keyboard.press("Tab")
    page.keyboard.type("Great film.")
    page.keyboard.press("Tab")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate("document.activeElement.id") == "send"
    assert page.evaluate(outline) == "solid"
    page.keyboard.press("Enter")
    page.wait_for_selector("#result:visible")
    assert page.evaluate("document.activeElement.id") == "sentiment"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("Terrible, boring.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#sentiment")).to_have_text(re.compile("^Negative"), timeout=WAIT_MS)


def test_the_status_is_announced(open_page, app):
    """While the model reads, a live region says so, and pressing the button again sends nothing."""
    page = open_page()
    waiting = []
    page.route(app.api_url, lambda route: waiting.append(route))
    page.get_by_label("Your review").fill(PRAISE)
    button = page.get_by_role("button", name="Judge the review")
    button.click()
    page.keyboard.press("Enter")  # on the button, where the focus is
    assert status(page) == "The model reads your review …"
    assert button.get_attribute("aria-disabled") == "true"
    assert page.get_by_role("status").count() == 1
    assert len(waiting) == 1
    waiting[0].continue_()
    page.wait_for_selector("#result:visible")
    assert button.get_attribute("aria-disabled") == "false"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing_serious(open_page, scheme, viewport):
    """axe finds no serious problem: before, with a result, and with an error."""
    page = open_page(viewport=viewport, color_scheme=scheme)
    for text in (None, PRAISE, "x" * 5001):
        if text:
            judge(page, text)
        violations = Axe().run(page).response["violations"]
        assert [each["id"] for each in violations if each["impact"] in SERIOUS] == []


@pytest.mark.parametrize("text", [PRAISE, "great " + "x" * 900, "terrible " * 500])
def test_nothing_is_wider_than_a_phone(open_page, text):
    """At 375 pixels nothing has to be scrolled sideways, and the button is large enough."""
    page = open_page(viewport=PHONE)
    judge(page, text)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.get_by_role("button").bounding_box()["height"] >= 44


def test_nothing_is_kept(open_page, app):
    """After a review there is no cookie and no stored item, and no address has a part of it."""
    page = open_page()
    urls = []
    page.on("request", lambda request: urls.append(request.url))
    judge(page, PRAISE)
    assert urls == [app.api_url]
    assert page.context.cookies() == []
    stored = "JSON.stringify([Object.keys(localStorage), Object.keys(sessionStorage)])"
    assert json.loads(page.evaluate(stored)) == [[], []]
    assert page.evaluate("indexedDB.databases().then(all => all.length)") == 0
    assert page.url == app.page_url
    page.reload()
    assert page.get_by_label("Your review").input_value() == ""


def test_the_policy_keeps_other_code_and_servers_out(open_page, app):
    """The page can't run inline scripts, make HTML from text, or reach another server."""
    page = open_page(expected="Content Security Policy|TrustedHTML|Refused|violates")
    blocked = """async () => {
        const made = document.createElement('script');
        let html = 'made', fetched = 'fetched';
        try { document.body.innerHTML = '<p>x</p>'; } catch { html = 'refused'; }
        try { await fetch('http://127.0.0.1:9/x'); } catch { fetched = 'refused'; }
        return [html, fetched];
    }"""
    with page.expect_console_message(lambda message: "connect-src" in message.text):
        assert page.evaluate(blocked) == ["refused", "refused"]


def test_without_javascript_the_page_says_so(browser, app):
    """Without JavaScript the page says that it needs it."""
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(app.page_url)
        assert page.locator("noscript p").is_visible()
        assert "needs JavaScript" in page.locator("noscript p").inner_text()
    finally:
        context.close()
