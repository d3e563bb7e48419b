"""One browser of each engine for all tests of a worker, and a word at the end on the engines that were not there."""

import os
import threading
from pathlib import Path

import pytest
from engine import ENGINES, missing

from klbook.site.serve import server

SITE = Path(__file__).parents[2] / "_build" / "html"
PAGES = sorted(
    p.relative_to(SITE).as_posix()
    for p in [*SITE.glob("index.html"), *SITE.glob("chapters/*.html")]
    if "data-explorer" in p.read_text(encoding="utf-8")
)


def pytest_configure():
    if not PAGES:
        pytest.exit("there is no site in _build/html: run make site first", returncode=1)


def pytest_generate_tests(metafunc):
    # One engine after the other, so that a worker has as few browsers open as can be.
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", ENGINES, indirect=True, scope="session")


@pytest.fixture(scope="session")
def address():
    with server(str(SITE), 0) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://localhost:{running.server_port}/"
        running.shutdown()


@pytest.fixture(scope="session")
def engine(request):
    """A browser, or a skipped test where it is not installed; where everything must run, a failed one."""
    if request.param in missing():
        what = f"{request.param} is not installed: `make browser` says how to install it"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(what)
    made = ENGINES[request.param]()
    yield made
    made.close()


def pytest_terminal_summary(terminalreporter):
    for name in missing():
        terminalreporter.write_line(
            f"NOT TRIED IN {name.upper()}: it is not installed, see `make browser`", bold=True
        )
