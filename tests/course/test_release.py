"""A release: what is in it, always of the same bytes, and never one with a piece missing."""

import zipfile
from importlib.metadata import version

import pytest

from klbook.course import release

WHEEL = "klbook-1-py3-none-any.whl"
MADE = (
    f"html/{WHEEL}",
    "html/index.html",
    "html/chapters/a.html",
    "course/klbook-course.zip",
    "assignments/one/one-student.zip",
    "assignments/one/one-autograder.zip",
    "slides/index.html",
    "pdf/klbook-a4.pdf",
)
CARRIED = {WHEEL, "klbook-course.zip", "klbook-a4.pdf", "one-student.zip"}


@pytest.fixture
def build(tmp_path):
    for name in MADE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def test_it_carries_the_wheel_the_site_the_course_and_the_paper(build):
    made = []
    for _ in range(2):
        release.main(build)
        made.append({path.name: path.read_bytes() for path in (build / "release").iterdir()})
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
        ("course/klbook-course.zip", "course"),
        ("assignments/one/one-student.zip", "assignments"),
        ("slides/index.html", "slides"),
        ("pdf/klbook-a4.pdf", "pdf"),
    ],
)
def test_with_a_piece_missing_there_is_none(build, name, command):
    release.main(build)
    (build / name).unlink()
    with pytest.raises(SystemExit, match=f"run make {command} first"):
        release.main(build)
    assert len(list((build / "release").iterdir())) == len(CARRIED) + 2  # the one before
