"""A headless Chromium for tests of web pages, and what axe finds on one."""

import contextlib
import os
import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

GRAVE = ("serious", "critical")
LAUNCH_MS = 120_000  # of a busy machine


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium, or skip the test where there is none.

    While it runs, no other Playwright and no event loop can be started in this thread: use it in
    fixtures that end with their module.
    """
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("Chromium is not here. On Debian: apt-get install chromium")
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options, timeout=LAUNCH_MS)
        yield browser
        browser.close()


def grave_violations(page: Page) -> list[str]:
    """Return what axe calls serious or critical on a page, with the elements."""
    if not page.evaluate("'axe' in window"):  # the page may have been checked before, in other ways
        page.evaluate(Axe().axe_script)
    violations = page.evaluate(
        "axe.run({resultTypes: ['violations']}).then(results => results.violations)"
    )
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in violations
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]
