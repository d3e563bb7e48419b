"""One browser of each engine for each worker; what is not installed is said in the last lines of the run."""

import os
from pathlib import Path

import browser
import pytest
from book import explorers
from drivers import ENGINES

SITE = Path(__file__).parents[2] / "_build" / "html"
MISSING = browser.missing()


def pytest_configure():
    if not (SITE / "index.html").exists():
        pytest.exit("there is no site in _build/html: run make site first", returncode=1)


def pytest_collection_modifyitems(items):
    """As `ready` and `held` keep a page open until another is asked for; last are those that open their own."""

    def page(item, params):
        e = explorers().get(params.get("slug"))
        return "fresh" in item.fixturenames, e.page if e else ""

    browser.page_by_page(items, Path(__file__).parent, page)


def pytest_terminal_summary(terminalreporter):
    for engine, lack in MISSING.items():
        terminalreporter.write_line(
            f"NOT TRIED in {engine}: {lack} (make browser tries to install it)", yellow=True
        )


@pytest.fixture(scope="session")
def _drivers():
    """The browsers that were started, each when its first test begins."""
    begun = {}
    yield begun
    for driver in begun.values():
        driver.close()


@pytest.fixture
def engine(request, _drivers):
    """A browser; at the end of the test no page has had an error."""
    name = request.param
    if name in MISSING:
        # Where nobody looks at the last lines, a missing engine is a failure.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name}: {MISSING[name]}")
    if name not in _drivers:
        _drivers[name] = ENGINES[name]()
    driver = _drivers[name]
    driver.errors.clear()
    yield driver
    assert driver.errors == []


def pytest_generate_tests(metafunc):
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", ENGINES, indirect=True)
