"""What a page says of where it comes from, and of itself to who finds it elsewhere; how the book is cited, released."""

import json
import os
import re
import subprocess
import sys
import tomllib
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

import klbook
from klbook.explorers.live import MIME
from klbook.site import addresses, citation, page_links

ROOT = Path(klbook.__file__).parents[1]
CHAPTER = """# A chapter

**You will be able to**

- count *something*;
- say why $x$ is not shown where formulas are not;
- stop.

You need nothing.
"""
TABS = "# No goals\n\nOne sentence. $x$.\n\nAnother paragraph.\n\n````{tab-set}\n\n```{tab-item} A\nB\n```\n````\n"
CONF = """
extensions = ['myst_nb', 'klbook.site', 'sphinx_design']
html_theme, html_title, html_math_renderer = 'sphinx_book_theme', 'A book', 'katex'
myst_enable_extensions, klbook_draw_all, nb_execution_mode = ['dollarmath'], False, 'off'
exclude_patterns = ['_build']
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Build a book of three pages, one of them a notebook, with settings and in an environment."""

    def build(conf="", **environment):
        folder = tmp_path_factory.mktemp("book")
        (folder / "conf.py").write_text(CONF + conf)
        shown = new_output("display_data", {MIME: {"slug": "first-look"}, "text/plain": "a"})
        cells = [new_markdown_cell(CHAPTER), new_code_cell("1", outputs=[shown], execution_count=1)]
        metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        (folder / "a-page.ipynb").write_text(nbformat.writes(new_notebook(cells=cells, metadata=metadata)))
        (folder / "tabs.md").write_text(TABS)
        pages = "# Start\n\n```{citation}\n```\n\n```{toctree}\na-page\ntabs\n```\n"
        (folder / "index.md").write_text(pages)
        env = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
        done = subprocess.run(
            [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "--keep-going", ".", "_build/html"],
            cwd=folder, env=env | environment, capture_output=True, text=True,
        )  # fmt: skip
        return done.stderr if done.returncode else folder / "_build" / "html"

    return build


@pytest.fixture(scope="module")
def known(book):
    """Built by a runner of somebody's fork: its pages know where they are."""
    made = book(GITHUB_REPOSITORY="Who/fork", GITHUB_REF="refs/heads/main", GITHUB_REF_NAME="main")
    assert isinstance(made, Path), made
    return made


@pytest.fixture(scope="module")
def unknown(book):
    made = book()
    assert isinstance(made, Path), made
    return made


def soup(site, page):
    return BeautifulSoup((site / f"{page}.html").read_text(encoding="utf-8"), "html.parser")


def links(page):
    return {" ".join(a.get_text().split()): a for a in page.select(".kl-links a")}


def test_a_chapter_leads_to_its_source_to_a_report_and_to_where_it_runs(known):
    page = soup(known, "a-page")
    found = {words: a["href"] for words, a in links(page).items()}
    report = urlsplit(found.pop("Report a mistake"))
    assert found == {
        "Download this page as a notebook": "_sources/a-page.ipynb",
        "Run it on Colab": f"https://colab.research.google.com/github/Who/fork/blob/{page_links.NOTEBOOKS}/a-page.ipynb",
        "Run it on Binder": "https://mybinder.org/v2/gh/Who/fork/main?urlpath=lab/tree/a-page.ipynb",
        "Source of this page": "https://github.com/Who/fork/blob/main/a-page.ipynb?plain=1",
    }
    assert report._replace(query="").geturl() == "https://github.com/Who/fork/issues/new"
    filled = parse_qs(report.query)
    assert filled["title"] == ["A mistake in “A chapter”"]
    assert "Page: https://who.github.io/fork/a-page.html, version 0." in filled["body"][0]
    # The same in the menu above the page, which nothing is loaded for.
    menu = page.select_one(".dropdown-launch-buttons")
    assert [a["href"] for a in menu.select("a")] == [a["href"] for a in list(links(page).values())[1:]]
    assert not menu.select("img")


def test_a_page_that_does_not_run_leads_to_its_source(known):
    page = soup(known, "tabs")
    assert list(links(page)) == ["Source of this page", "Report a mistake"]
    assert not page.select(".dropdown-launch-buttons") and not links(soup(known, "search"))


def test_where_nothing_is_known_no_link_is_dead(unknown):
    page = soup(unknown, "a-page")
    assert list(links(page)) == ["Download this page as a notebook"]
    assert not page.select(".dropdown-launch-buttons") and not links(soup(unknown, "tabs"))
    text = (unknown / "a-page.html").read_text(encoding="utf-8")
    assert "github" not in text and "mybinder" not in text and 'rel="canonical"' not in text


def test_the_copy_holds_the_address_or_a_script_fills_it_in(known, unknown):
    def first(site):
        return nbformat.read(site / "_sources" / "a-page.ipynb", as_version=4).cells[0].source

    assert 'book = "https://who.github.io/fork/"' in first(known)
    assert 'book = "https://address-of-the-book.invalid/"' in first(unknown)
    for site, filled in ((known, False), (unknown, True)):
        for page, is_chapter in (("a-page", True), ("tabs", False)):
            text = (site / f"{page}.html").read_text(encoding="utf-8")
            assert ("address-of-the-book.invalid" in text) is (filled and is_chapter)
        assert len(list(site.glob("klbook-*.whl"))) == 1
        below = links(soup(site, "a-page"))["Download this page as a notebook"]
        assert below["download"] == "a-page.ipynb"
        (above,) = soup(site, "a-page").select("a.btn-download-source-button")
        assert above["href"] == "_sources/a-page.ipynb" and above["download"] == "a-page.ipynb"


def said(page):
    """What the head of a page says, by name and by property."""
    tags = page.select("head meta[content]")
    return {key: tag["content"] for tag in tags for key in (tag.get("name"), tag.get("property")) if key}


def test_descriptions_are_the_goals_or_the_first_sentences(known, unknown):
    for site in (known, unknown):
        chapter, tabs = said(soup(site, "a-page")), said(soup(site, "tabs"))
        assert chapter["description"] == "You will be able to count something; stop."
        assert tabs["description"] == "Another paragraph." and tabs["og:title"] == "No goals"
        for page in (chapter, tabs):
            assert page["og:description"] == page["description"] and page["og:site_name"] == "A book"


def test_a_link_is_previewed_with_the_picture_of_the_pages_first_explorer(known, unknown):
    head = said(soup(known, "a-page"))
    assert head["og:url"] == soup(known, "a-page").select_one("link[rel=canonical]")["href"]
    assert head["og:url"] == "https://who.github.io/fork/a-page.html"
    assert head["og:image"].startswith("https://who.github.io/fork/_static/")
    assert head["twitter:card"] == "summary_large_image" and len(head["og:image:alt"]) > 20
    picture = known / head["og:image"].removeprefix("https://who.github.io/fork/")
    drawn = Image.open(BytesIO(picture.read_bytes()))
    assert drawn.size == (1200, 630)
    # Of one colour around it, without a seam, and drawn upon in the middle.
    edges = [
        drawn.crop(box)
        for box in [(0, 0, 1200, 42), (0, 588, 1200, 630), (0, 0, 42, 630), (1158, 0, 1200, 630)]
    ]
    assert {colour for edge in edges for _, colour in edge.getcolors()} == {drawn.getpixel((0, 0))}
    assert len(drawn.crop((200, 100, 1000, 500)).getcolors(100_000)) > 5
    head = said(soup(unknown, "a-page"))
    assert "og:image" not in head and "og:url" not in head and head["twitter:card"] == "summary"


def test_the_citation_is_computed(known, unknown):
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    for site, address in ((known, "https://who.github.io/fork/"), (unknown, "")):
        page = soup(site, "index")
        sentence = " ".join(page.select_one("article blockquote").get_text().split())
        assert (
            sentence == f"The klbook authors (2026). {cited['title']}, version {version}. {address}".strip()
        )
        entry = page.select_one("article .highlight-bibtex").get_text()
        assert f"note    = {{Version {version}}}" in entry and (f"url     = {{{address}}}" in entry) is bool(
            address
        )
        assert entry.count("{") == entry.count("}")


def test_scripts_are_loaded_where_there_is_something_to_move(unknown):
    loads = {
        page: "design-tabs.js" in (unknown / f"{page}.html").read_text(encoding="utf-8")
        for page in ("a-page", "tabs")
    }
    assert loads == {"a-page": False, "tabs": True}


def test_a_setting_that_is_no_address_fails_the_build_with_a_sentence(book):
    error = book(conf="html_baseurl = 'book.example'\n")
    assert isinstance(error, str)
    assert "html.baseurl in _config.yml is 'book.example', which is not the address of a folder" in error
    assert "Traceback" not in error


def test_without_solutions_no_chapter_leads_to_where_they_are(book):
    site = book("klbook_solutions = False\n", GITHUB_REPOSITORY="Who/fork")
    assert isinstance(site, Path), site
    assert list(links(soup(site, "a-page"))) == ["Download this page as a notebook", "Report a mistake"]
    assert list(links(soup(site, "tabs"))) == ["Source of this page", "Report a mistake"]


def test_a_host_whose_addresses_are_not_known_is_led_to_itself(book):
    made = book(conf="html_theme_options = {'repository_url': 'https://forge.example/o/n'}\n")
    assert isinstance(made, Path), made
    found = {words: a["href"] for words, a in links(soup(made, "a-page")).items()}
    assert found["Source of this page"] == "https://forge.example/o/n/"
    assert found["Run it on Binder"].startswith(
        "https://mybinder.org/v2/git/https%3A%2F%2Fforge.example%2Fo%2Fn/main?"
    )
    assert "Run it on Colab" not in found and "Report a mistake" not in found


def test_the_branch_for_colab_is_the_one_that_is_pushed():
    script = (ROOT / ".ci" / "notebooks").read_text(encoding="utf-8")
    assert f"refs/heads/{page_links.NOTEBOOKS}" in script


# -- the files that other programs read


def test_citation_file_has_what_its_format_asks_for_and_the_version_of_the_package():
    cited = yaml.safe_load(citation.FILE.read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert cited["version"] == project["version"] == citation.read()["version"]
    assert cited["title"] == yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["title"]
    assert cited["license"] == project["license"].split(" AND ")
    assert [author["name"] for author in cited["authors"]] == [
        author["name"] for author in project["authors"]
    ]
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", cited["date-released"])
    # What version 1.2.0 of the format demands.
    assert {"authors", "cff-version", "message", "title"} <= set(cited) and cited["cff-version"] == "1.2.0"
    assert cited["type"] in ("software", "dataset") and len(set(cited["keywords"])) == len(cited["keywords"])


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def jobs():
    for path in WORKFLOWS:
        for name, job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].items():
            yield f"{path.stem}: {name}", job


def test_what_workflows_run_is_there():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M))
    ran = 0
    for name, job in jobs():
        assert 5 <= job["timeout-minutes"] <= 120, name
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), (name, step)
            for line in step.get("run", "").splitlines():
                program, *arguments = line.split()
                ran += 1
                if program == "make":
                    assert set(arguments) <= targets, (name, line)
                elif program.startswith("."):
                    assert os.access(ROOT / program, os.X_OK), (name, line)
                else:
                    assert program == "gh", (name, line)
    assert ran >= 6


def test_a_release_is_of_its_version_and_is_checked_before_it_is_made():
    flow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    assert flow[True] == {"push": {"tags": ["v*"]}}  # YAML takes "on" for a truth value
    runs = [step["run"] for step in flow["jobs"]["release"]["steps"] if "run" in step]
    assert [run.split()[0] for run in runs] == [".ci/version", ".ci/run", "make", "gh"]


def test_binder_installs_the_package_and_no_test():
    lines = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert wanted == ["-c ../requirements.txt", "-e .[lab]"]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    assert "lab" in extras and (ROOT / "binder" / ".." / "requirements.txt").exists()
    python = (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8").strip()
    tried = json.dumps(
        yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))
    )
    assert f'"{python.removeprefix("python-")}"' in tried
    places = page_links.run({"repository": {"url": "https://gitlab.com/g/s"}}, "chapters/a b.ipynb")
    assert (
        unquote(places["Binder"]) == "https://mybinder.org/v2/gl/g/s/main?urlpath=lab/tree/chapters/a b.ipynb"
    )
    assert addresses.ref({}) == "main" or os.environ.get("GITHUB_REPOSITORY")
