"""A release: what is in it, always of the same bytes, and never one with a piece missing."""

import shutil
import zipfile
from importlib.metadata import version

import pytest

from klbook.course import release
from klbook.course.book import ROOT
from klbook.course.files import MARK, replace_folder
from klbook.site import addresses, freshness

VERSION = version("klbook")
WHEEL = f"klbook-{VERSION}-py3-none-any.whl"
COURSE = {f"klbook-course-{VERSION}.zip", f"klbook-students-{VERSION}.zip"}
MADE = (
    f"html/{WHEEL}",
    "html/index.html",
    "html/chapters/a.html",
    *(f"course/{name}" for name in sorted(COURSE)),
    "assignments/one/one-student.zip",
    "assignments/one/one-autograder.zip",
    "slides/index.html",
    "pdf/klbook-a4.pdf",
)
CARRIED = {WHEEL, *COURSE, "klbook-a4.pdf", "one-student.zip"}


@pytest.fixture
def build(tmp_path):
    for name in MADE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    address = addresses.site(addresses.book())
    freshness.write_state(tmp_path / "html", freshness.state(ROOT, address))
    for folder in ("course", "slides", "pdf"):
        remake(tmp_path / folder, freshness.check(tmp_path / "html", ROOT, address))
    return tmp_path


def remake(folder, state):
    """As its command does."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != MARK}
    shutil.rmtree(folder)
    replace_folder(folder, files, state)


def test_it_carries_the_wheel_the_site_the_course_and_the_paper(build):
    made = []
    for _ in range(2):
        release.main(build)
        made.append({path.name: path.read_bytes() for path in (build / "release").iterdir()})
        assert made[-1].pop(MARK)
    name, slides = (f"klbook-{version('klbook')}-{what}" for what in ("site", "slides"))
    assert made[0] == made[1]
    assert set(made[0]) == {*CARRIED, f"{name}.zip", f"{slides}.zip"}
    archive = zipfile.ZipFile(build / "release" / f"{name}.zip")
    assert archive.namelist() == [f"{name}/chapters/a.html", f"{name}/index.html", f"{name}/{WHEEL}"]
    assert archive.read(f"{name}/index.html") == b"html/index.html"


@pytest.mark.parametrize(
    ("name", "command"),
    [
        (f"html/{WHEEL}", "site"),
        (f"course/klbook-course-{VERSION}.zip", "course"),
        ("assignments/one/one-student.zip", "assignments"),
        ("slides/index.html", "slides"),
        (f"html/{freshness.MADE_FROM}", "site"),
        ("html/index.html", "site"),
        ("pdf/klbook-a4.pdf", "pdf"),
    ],
)
def test_with_a_piece_missing_there_is_none(build, name, command):
    release.main(build)
    (build / name).unlink()
    with pytest.raises(SystemExit, match=f"run make {command} first"):
        release.main(build)
    assert len(list((build / "release").iterdir())) == len(CARRIED) + 3  # the one before, and its mark


@pytest.mark.parametrize("command", ["course", "slides", "pdf"])
def test_what_was_made_of_another_state_is_not_carried(build, command):
    remake(build / command, "chapters=other")
    with pytest.raises(SystemExit, match=f"was made of another state of the book: run make {command} first"):
        release.main(build)
    assert not (build / "release").exists()


def test_what_lies_beside_is_not_carried(build):
    (build / "pdf" / "klbook-letter.pdf").write_text("of another year")
    (build / "course" / "klbook-course-0.0.zip").write_text("of another version")
    release.main(build)
    carried = {path.name for path in (build / "release").iterdir()}
    assert carried & {"klbook-letter.pdf", "klbook-course-0.0.zip"} == set()
