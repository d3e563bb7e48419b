"""Folders that are replaced: nothing is lost that another wrote, and nothing is left of what failed."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from klbook.course import CourseError
from klbook.course.book import ROOT
from klbook.course.files import MARK, replace_folder, replaceable
from klbook.site.command import EXTRA, sentences

NEW = {"a.txt": b"new", "sub/b.txt": b"new"}


def everything(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and p.name != MARK
    }


def test_what_was_written_before_is_replaced_as_a_whole(tmp_path):
    replace_folder(tmp_path / "out", {"old.txt": b"old"}, "one")
    replace_folder(tmp_path / "out", NEW, "two")
    assert everything(tmp_path / "out") == NEW
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    (tmp_path / "empty").mkdir()
    replace_folder(tmp_path / "empty", NEW)
    assert everything(tmp_path / "empty") == NEW


def others(folder, name=".git/config"):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("theirs")


def marked(folder):
    replace_folder(folder, {"ours.txt": b"ours"})
    others(folder, "my-thesis.docx")


def forged(folder):
    others(folder)
    (folder / MARK).write_text("[]")


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda out: out.write_text("theirs"), "is a file and has to be a folder"),
        (others, r"\.git/config in it was not written by this command"),
        (marked, r"my-thesis\.docx in it was not written by this command"),
        (forged, r"\.git/config in it was not written by this command"),
        (
            lambda out: out.symlink_to(out.parent / "elsewhere"),
            "is a link to .*elsewhere; name the folder itself",
        ),
        (lambda out: (out.mkdir(), (out / "link").symlink_to("..")), "link in it was not written"),
    ],
)
def test_what_another_wrote_stays(tmp_path, prepare, said):
    others(tmp_path / "elsewhere", "a")
    for name in (".out.old", ".out.new"):
        others(tmp_path / name, "theirs")
    prepare(tmp_path / "out")
    before = {p: p.is_file() and p.read_bytes() for p in tmp_path.rglob("*")}
    for refuse in (replaceable, lambda out: replace_folder(out, NEW)):
        with pytest.raises(CourseError, match=said):
            refuse(tmp_path / "out")
    assert {p: p.is_file() and p.read_bytes() for p in tmp_path.rglob("*")} == before


def test_what_was_changed_since_stays(tmp_path):
    """Somebody has tried a student's notebook, or edited an instructor's, where it was written."""
    replace_folder(tmp_path / "out", NEW)
    (tmp_path / "out" / "a.txt").write_text("edited")
    with pytest.raises(CourseError, match=r"a\.txt in it has been changed since this command wrote it"):
        replace_folder(tmp_path / "out", NEW)
    assert everything(tmp_path / "out") == NEW | {"a.txt": b"edited"}
    (tmp_path / "out" / "a.txt").unlink()  # what is no longer there is nobody's
    replace_folder(tmp_path / "out", NEW)
    assert everything(tmp_path / "out") == NEW


def test_neither_the_project_nor_where_one_is_is_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in (ROOT, ROOT.parent, ROOT / "chapters" / ".."):
        with pytest.raises(CourseError, match="the project is in it"):
            replaceable(folder)
    with pytest.raises(CourseError, match="the folder you are in is in it"):
        replaceable(tmp_path)
    for folder in ("chapters", "_build", "_build/html"):  # has a site, if there is one
        if (ROOT / folder).exists():
            with pytest.raises(CourseError, match="was not written by this command"):
                replaceable(ROOT / folder)
    others(tmp_path / "file", "a")
    with pytest.raises(CourseError, match=r"file/a is a file and has to be a folder"):
        replaceable(tmp_path / "file" / "a" / "out")


def test_an_error_while_writing_names_the_file_and_leaves_what_was_there(tmp_path):
    replace_folder(tmp_path / "out", {"old.txt": b"old"})
    with pytest.raises(CourseError, match=r"out/x{300} cannot be written: File name too long"):
        replace_folder(tmp_path / "out", {"a": b"", "x" * 300: b""})
    assert everything(tmp_path / "out") == {"old.txt": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_two_at_once_leave_one_of_both_in_whole(tmp_path):
    made = [{f"{k}-{n}": b"" for n in range(50)} for k in range(2)]

    def write(files):
        try:
            replace_folder(tmp_path / "out", files)
        except CourseError as error:  # the other was a moment faster
            assert any(
                x in str(error) for x in ("cannot be written", "was not written by", "has been changed since")
            )

    for _ in range(10):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(write, made))
        assert everything(tmp_path / "out") in made
        assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (CourseError("one.ipynb, a: wrong"), "one.ipynb, a: wrong"),
        (FileNotFoundError(2, "No such file", "there"), "there: No such file"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (ModuleNotFoundError("", name="pypdf.generic"), f"the package pypdf.generic is not installed: {EXTRA}"),
    ],
)  # fmt: skip
def test_what_ends_a_command_is_one_sentence(error, said):
    with pytest.raises(SystemExit) as stopped, sentences():
        raise error
    assert stopped.value.code == said


def test_a_mistake_of_ours_is_not_hidden():
    with pytest.raises(ModuleNotFoundError), sentences():
        raise ModuleNotFoundError("", name="klbook.what")
    with pytest.raises(TypeError), sentences():
        raise TypeError


@pytest.mark.usefixtures("interruptible")
def test_whoever_stops_a_command_reads_one_line():
    program = "import sys, time\nfrom klbook.site.command import sentences\n"
    program += "with sentences():\n    print('begun', flush=True)\n    time.sleep(60)"
    running = subprocess.Popen([sys.executable, "-c", program], stdout=-1, stderr=-1, text=True)
    assert running.stdout.readline() == "begun\n"
    running.send_signal(signal.SIGINT)
    _, said = running.communicate()
    assert running.returncode == 130 and said == "\nstopped; what was there stays as it was\n"


@pytest.mark.parametrize("command", ["klbook.course", "klbook.course.pdf"])
def test_without_the_extra_a_command_says_what_to_install(tmp_path, command):
    """What only the extra brings cannot be imported here."""
    program = (
        "import sys, runpy\n"
        "for name in ('playwright', 'pypdf', 'latex2mathml'): sys.modules[name] = None\n"
        f"sys.argv = ['x', '--output', 'out']\nrunpy.run_module({command!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, f"the package playwright is not installed: {EXTRA}\n")
    assert not list(tmp_path.iterdir())
