"""What the book uses of other libraries without their promise: all of it is there, and all of it is listed."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from klbook import private
from klbook.explorers import appearance
from klbook.private import TABLE, TRIED, Members, Words

ROOT = Path(__file__).parents[2] / "klbook"
MODULES = sorted(path for path in ROOT.rglob("*.py") if path.name != "private.py")
LISTED = {name.partition("(")[0] for entry in TABLE for name in entry.names}


def test_everything_private_is_still_there():
    """Asked of a process of its own: a test before this one may have put something of ours in a library's place."""
    code = "from klbook import private; print(*private.missing(), sep='\\n', end='')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not done.stdout, "\n" + done.stdout


def test_each_library_has_the_version_it_was_tried_with():
    assert set(TRIED) >= {entry.library for entry in TABLE}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (Members("matplotlib", "matplotlib.axes:Axes", ("plot", "none"), "u", "w"), ["matplotlib.axes:Axes.none"]),
        (Members("matplotlib", "matplotlib.axes:Ax", ("plot",), "u", "w"), ["matplotlib.axes:Ax"]),
        (Members("matplotlib", "matplotlib.no_axes", ("plot",), "u", "w"), ["matplotlib.no_axes"]),
        (
            Members("matplotlib", "matplotlib.text:Text", ("set_text(self, words)",), "u", "w"),
            ["matplotlib.text:Text.set_text(self, words): it takes self, s now"],
        ),
        (private.Attributes("matplotlib", "_line", ("_x", "_gone"), "u", "w"), ["Line2D._gone"]),
        (
            Words("sphinx_design", "sphinx_design/cards.py", ("sd-card", "sd-car", "sd-gone"), "u", "w"),
            ["'sd-car' in sphinx_design/cards.py", "'sd-gone' in sphinx_design/cards.py"],
        ),
        (Words("sphinx_design", "sphinx_design/gone.py", ("sd-card",), "u", "w"), ["the file sphinx_design/gone.py"]),
    ],
)  # fmt: skip
def test_what_is_gone_is_named_all_at_once(entry, said, monkeypatch):
    monkeypatch.setattr(private, "TABLE", [entry, entry])
    assert [
        line.split("): ", 1)[1].rpartition(" is gone; u uses it: w")[0] for line in private.missing()
    ] == said * 2


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_module_uses_is_listed(path):
    """Names with an underscore, imported from elsewhere or asked of an object that is not our own."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used, own = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and not node.module.startswith("klbook"):
            used |= {alias.name for alias in node.names}
            used |= set(node.module.split("."))
        elif isinstance(node, ast.Attribute):
            mine = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            (own if mine else used).add(node.attr)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            own.add(node.name)
    strange = {name for name in used - own if re.fullmatch("_[a-z]\\w*[a-z]_?_?|_[A-Z]\\w*", name)}
    # What a class takes over from its base looks as if it were its own.
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and [getattr(b, "id", "") for b in node.bases] == ["RendererSVG"]:
            taken = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
            taken |= {n.name for n in node.body if isinstance(n, ast.FunctionDef)}
            strange |= {n for n in taken if n[0] == "_" != n[1] and hasattr(private._renderer(), n)}
    # Named tuples document theirs: the underscore only keeps them apart from fields.
    promised = {"_fields", "_replace", "_asdict", "_make"}
    assert strange <= LISTED | promised | {"_assets", "_base"}


def test_what_appearance_leaves_out_is_listed():
    """A name that no artist has any more would hide nothing, and a new one would be taken for a change."""
    left_out = appearance._ALWAYS.union(*appearance._WORKED_OUT.values())
    listed = {name for entry in TABLE for name in entry.names if entry.used.endswith("appearance.py")}
    assert left_out | {"_A"} == listed


@pytest.mark.parametrize("sheet", ["explorers/static/explorer.css", "site/static/site.css"])
def test_names_in_style_sheets_that_are_not_ours_are_listed(sheet):
    css = re.sub(r"/\*.*?\*/", "", (ROOT / sheet).read_text(encoding="utf-8"), flags=re.S)
    selectors = " ".join(re.findall(r"([^{}]+)\{", css))
    names = set(re.findall(r"[.#]([a-zA-Z][\w-]*)", selectors)) | set(re.findall(r"var\((--pst-[\w-]+)", css))
    assert {name for name in names if not name.startswith("kl-")} <= LISTED
