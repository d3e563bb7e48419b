"""The built site, served over http, in a real browser with everything else refused."""

import re
from pathlib import Path

import pytest
from browser import page_by_page

SITE = Path(__file__).parents[2] / "_build" / "html"
PAGES = sorted(
    p.relative_to(SITE).as_posix() for p in [*SITE.glob("index.html"), *SITE.glob("chapters/*.html")]
)


def pytest_configure():
    if not PAGES:
        pytest.exit("there is no site in _build/html: run make site first", returncode=1)


def pytest_collection_modifyitems(items):
    """As `reading` keeps a page open until another is asked for."""
    stand = {
        slug: page
        for page in PAGES
        for slug in re.findall(r'data-explorer="([\w-]+)"', (SITE / page).read_text("utf-8"))
    }

    def page(_, params):
        return str(params.get("path") or stand.get(params.get("slug"), ""))

    page_by_page(items, Path(__file__).parent, page)


class Visit:
    """One reader's visit: a page, what it asked for elsewhere, and what it complained of."""

    def __init__(self, chromium, address, **options):
        self.address, self.foreign, self.complaints, self.path = address, [], [], None
        options.setdefault("viewport", {"width": 1200, "height": 900})
        self.context = chromium.new_context(**options)
        self.page = self.context.new_page()
        self.page.on("request", self._request)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _request(self, request):
        # The browser refuses it, because it finds no other host than this one (see browser.FLAGS).
        if not request.url.startswith((self.address, "file:", "data:", "blob:")):
            self.foreign.append(request.url)

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, path, ready=True, errors=False):
        self.page.goto(self.address + path)
        if ready:
            self.wait(errors)
        return self.page

    def check(self):
        """Nothing was asked for elsewhere, and nothing complained."""
        foreign, complaints, self.foreign, self.complaints = self.foreign, self.complaints, [], []
        assert foreign == []
        assert complaints == []

    def wait(self, errors=False):
        """Until every explorer can be moved; only a test that expects an error takes one for an answer."""
        self.page.wait_for_function(
            "[...document.querySelectorAll('[data-explorer]')].every(e => 'ready' in e.dataset || 'error' in e.dataset)"
        )
        failed = self.page.locator("[data-explorer][data-error]").count()
        assert errors or not failed, f"{failed} explorers of {self.page.url} show an error"


@pytest.fixture
def visit(chromium, address):
    """Begin a visit; at its end nothing was asked for elsewhere and nothing complained."""
    visits = []

    def begin(base=address, **options):
        visits.append(Visit(chromium, base, **options))
        return visits[-1]

    yield begin
    for v in visits:
        v.context.close()
        v.check()


@pytest.fixture(scope="session")
def open_visits():
    """Visits that go on from test to test: opening a page is what takes time."""
    visits = {}
    yield visits
    for v in visits.values():
        v.context.close()


@pytest.fixture
def reading(chromium, address, open_visits):
    """A page as a reader of several tests has left it; for tests that begin with a reset or change nothing."""
    used = []

    def at(path, base=address, theme=None, **options):
        key = repr((base, theme, sorted(options.items())))
        if key not in open_visits:
            open_visits[key] = Visit(chromium, base, **({"color_scheme": theme} if theme else {}), **options)
            if theme:
                open_visits[key].page.add_init_script(
                    f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
                )
        v = open_visits[key]
        used.append(v)
        if v.path != path:
            v.path = None  # until it is open
            v.open(path)
            v.path = path
        return v.page

    yield at
    for v in used:
        v.check()
