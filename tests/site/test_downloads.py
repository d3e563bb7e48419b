"""The notebook that a page offers: clicked as a reader clicks, and run in an empty folder of a new environment."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import nbformat
import pytest
from conftest import PAGES, SITE

from klbook.site import addresses
from klbook.site.downloads import UNKNOWN

ROOT = SITE.parents[1]
CHAPTERS = [p for p in PAGES if (ROOT / p).with_suffix(".ipynb").exists()]
#: What the copies hold where nothing is filled in.
HOME = addresses.site(addresses.book()) or UNKNOWN
LINK = "Download this page as a notebook"


def saved(page, click, folder):
    """The file that a click saves, by the name that the browser gives it."""
    with page.expect_download() as download:
        click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.fixture(scope="session")
def copies(chromium, address, tmp_path_factory):
    """Each chapter's notebook, by the chapter's page."""
    folder, context = tmp_path_factory.mktemp("copies"), chromium.new_context()
    page = context.new_page()
    paths = {}
    for path in CHAPTERS:
        page.goto(address + path)
        paths[path] = saved(page, page.get_by_role("link", name=LINK).click, folder)
    context.close()
    return paths


def here(text, address):
    """A copy that belongs to a site that is published elsewhere, made one of the site that is tried."""
    return text.replace(HOME, address)


def test_every_chapter_is_offered(copies):
    assert len(CHAPTERS) > 10
    assert [path.name for path in copies.values()] == [f"{Path(p).stem}.ipynb" for p in CHAPTERS]


@pytest.mark.parametrize("path", CHAPTERS)
def test_a_copy_is_the_chapter_with_one_cell_before_it(copies, address, path):
    text = copies[path].read_text(encoding="utf-8")
    assert UNKNOWN not in text  # filled in, when it was built or when it was clicked
    home = address if HOME == UNKNOWN else HOME
    alone = nbformat.reads(text, as_version=4)
    nbformat.validate(alone)
    chapter = nbformat.read((ROOT / path).with_suffix(".ipynb"), as_version=4)
    first, *rest = alone.cells
    assert first.cell_type == "code" and first.outputs == [] and first.execution_count is None
    assert f'book = "{home}"\n' in first.source
    (wheel,) = re.findall(r'%pip install --quiet "\{book\}(klbook-[^"]*\.whl)"', first.source)
    assert (SITE / wheel).is_file()
    assert [c.id for c in rest] == [c.id for c in chapter.cells]
    assert [c.get("execution_count") for c in rest] == [c.get("execution_count") for c in chapter.cells]
    assert alone.metadata == chapter.metadata


@pytest.mark.parametrize("path", CHAPTERS)
def test_links_of_a_copy_lead_to_pages_and_places_of_the_site(copies, address, path):
    text = here(copies[path].read_text(encoding="utf-8"), address)
    targets = re.findall(re.escape(address) + r'(chapters/[^)"\s\\]*)', text)
    assert len(targets) > 10
    for target in targets:
        file, _, place = target.partition("#")
        page = (SITE / file).read_text(encoding="utf-8")
        assert not place or f'id="{unescape(place).split("&")[0]}"' in page, target
    # What is left leads nowhere without its folder; equations are in the notebook itself.
    assert not re.findall(r'\]\([\w-]+\.(?:md|ipynb)|href=\\*"#(?!eq-)', text)


def test_the_button_above_the_page_saves_the_same(visit, copies, tmp_path):
    page = visit().open(CHAPTERS[0])
    page.get_by_role("button", name="Download this page").click()
    click = page.locator(".dropdown-download-buttons a[download]").click
    assert saved(page, click, tmp_path).read_bytes() == copies[CHAPTERS[0]].read_bytes()


def says_what_to_write(text):
    first = nbformat.reads(text, as_version=4).cells[0]
    assert f'book = "{HOME}"\n' in first.source
    assert "write between the quotes where the book's first page is" in first.source


def test_without_javascript_the_copy_says_what_to_write(visit, tmp_path):
    page = visit(java_script_enabled=False).open(CHAPTERS[0], ready=False)
    link = page.get_by_role("link", name=LINK)
    says_what_to_write(saved(page, link.click, tmp_path).read_text(encoding="utf-8"))


def test_from_a_folder_the_copy_says_what_to_write(visit):
    """Chromium shows what it finds in a folder, and saves nothing."""
    page = visit(base=f"file://{SITE}/").open(CHAPTERS[0], ready=False)
    page.get_by_role("link", name=LINK).click()
    page.wait_for_url("**/*.ipynb")
    says_what_to_write(page.inner_text("pre"))


@pytest.fixture(scope="session")
def new_environment(tmp_path_factory):
    """Run notebooks with a Python that has Jupyter and nothing of the book, in the versions of the lock."""
    folder = tmp_path_factory.mktemp("environment")
    outer = ("PYTHONPATH", "VIRTUAL_ENV", "KLBOOK_STILL", "JUPYTER_PATH")
    env = {name: value for name, value in os.environ.items() if name not in outer}
    env |= {"PIP_CONSTRAINT": str(ROOT / "requirements.txt"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    env |= {"IPYTHONDIR": str(folder / "ipython"), "JUPYTER_CONFIG_DIR": str(folder / "config")}
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "nbclient", "ipykernel"], env=env, check=True)

    def run(notebook, name, **environment):
        """The notebook as it was run, or what was said when it failed."""
        place = tmp_path_factory.mktemp(name)  # an empty folder
        (place / "n.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
        done = subprocess.run(
            [scripts / "jupyter-execute", "--inplace", "--timeout=300", "n.ipynb"],
            cwd=place, env=env | environment, capture_output=True, text=True,
        )  # fmt: skip
        return done.stderr if done.returncode else nbformat.read(place / "n.ipynb", as_version=4)

    return run


def words(notebook):
    """The sentences that its cells say."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output.data["text/markdown"] for output in outputs if "text/markdown" in output.get("data", {})]


def test_every_copy_runs_in_an_empty_folder(new_environment, copies, address):
    """And says what the page says. The wrong address comes first, while the package is not there."""
    notebooks = {
        Path(path).stem: nbformat.reads(here(copy.read_text(encoding="utf-8"), address), as_version=4)
        for path, copy in copies.items()
    }
    install = nbformat.from_dict(next(iter(notebooks.values())))
    install.cells = install.cells[:1]
    wrong = nbformat.reads(nbformat.writes(install).replace(address, UNKNOWN), as_version=4)
    said = new_environment(wrong, "wrong", PIP_RETRIES="0")
    assert isinstance(said, str)
    assert f"ModuleNotFoundError: the package klbook was not found at {UNKNOWN}: write in this cell" in said
    done = new_environment(install, "install")  # once, before several would do it at the same time
    assert not isinstance(done, str), done
    with ThreadPoolExecutor(2) as pool:
        runs = dict(zip(notebooks, pool.map(new_environment, notebooks.values(), notebooks), strict=True))
    failed = {name: done[-2000:] for name, done in runs.items() if isinstance(done, str)}
    assert not failed, json.dumps(failed, indent=1)
    for name, done in runs.items():
        assert words(done) == words(notebooks[name]), name
        counts = [cell.execution_count for cell in done.cells if cell.cell_type == "code"]
        assert counts == list(range(1, len(counts) + 1))
