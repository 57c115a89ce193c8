"""The web app's page in a browser, as a visitor uses it."""

import re

from playwright.sync_api import expect

WAIT_MS = 60_000  # of a busy machine
PRAISE = "A masterpiece. The acting is superb, and I loved it. Only the music was dull."


def judge(page, text: str) -> None:
    """Type a review, press the button, and wait for the result or an error."""
    page.get_by_label("Your review").fill(text)
    page.get_by_role("button", name="Judge the review").click()
    answered = re.compile("^(?!The model reads).")
    expect(page.get_by_role("status")).to_have_text(answered, timeout=WAIT_MS)


def status(page) -> str:
    return page.get_by_role("status").inner_text()
