"""A real browser for the tests that need one; they are skipped where Chromium is not installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, sync_playwright

PATH = shutil.which("chromium") or shutil.which("chromium-browser")
#: Nothing is fetched, and it runs in a container.
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

needs_chromium = pytest.mark.skipif(
    PATH is None, reason="Chromium is not installed (Debian: apt-get install chromium)"
)


@contextmanager
def page(width: int = 1200, height: int = 1000) -> Iterator[Page]:
    """A blank page; requests to anywhere but this machine fail the test."""
    outside: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PATH, args=list(ARGUMENTS))
        view = browser.new_page(viewport={"width": width, "height": height})
        view.on("request", lambda request: outside.append(request.url))
        yield view
        browser.close()
    allowed = ("http://127.0.0.1", "ws://127.0.0.1", "file:", "data:", "blob:", "about:")
    assert [url for url in outside if not url.startswith(allowed)] == []
