"""Settings for all tests."""

import os
import threading
from pathlib import Path

# As the Makefile says, for those who call pytest themselves; before NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import settings

SITE = Path(__file__).parents[1] / "_build" / "html"

# The same examples on every machine and at every hour, and no limit of time: a slow machine is no mistake.
settings.register_profile("klbook", derandomize=True, deadline=None)
settings.load_profile("klbook")


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests that look at something."""
    from browser import launch
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address():
    """Where the built site is served."""
    from klbook.site.serve import server

    with server(str(SITE), 0) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://localhost:{running.server_port}/"
        running.shutdown()
