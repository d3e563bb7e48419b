"""Settings for all tests."""

import pytest
from hypothesis import settings

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
