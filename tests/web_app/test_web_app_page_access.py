"""Everybody can use the page, by keyboard, screen reader or phone; and it keeps nothing."""

import itertools
import json
import re

import pytest
from playwright.sync_api import expect
from support.browser import grave_violations
from support.polling import eventually
from support.web_page import PRAISE, WAIT_MS, judge, status

PHONE, DESKTOP = {"width": 375, "height": 667}, {"width": 1200, "height": 900}


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
    eventually(lambda: page.wait_for_timeout(10) or waiting)
    waiting[0].continue_()
    page.wait_for_selector("#result:visible")
    assert len(waiting) == 1
    assert button.get_attribute("aria-disabled") == "false"


def test_axe_finds_nothing_serious(open_page):
    """axe finds no serious problem in an empty page, with a result and with an error.

    Each is tried in light and in dark, and as wide as a phone and as a desktop.
    """
    page = open_page()
    for text in (None, PRAISE, "x" * 5001):
        if text:
            judge(page, text)
        for viewport, scheme in itertools.product((PHONE, DESKTOP), ("light", "dark")):
            page.set_viewport_size(viewport)
            page.emulate_media(color_scheme=scheme)
            assert grave_violations(page) == [], (viewport, scheme)


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
