"""What all modules of the ideas have in common: NumPy alone, and documentation of one form, with examples."""

import ast
import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

from klbook import ideas

MODULES = [f"klbook.ideas.{module.name}" for module in pkgutil.iter_modules(ideas.__path__)]
FUNCTIONS = {
    f"{module.removeprefix('klbook.ideas.')}.{name}": value
    for module in MODULES
    for name, value in vars(importlib.import_module(module)).items()
    if inspect.isfunction(value) and value.__module__ == module and not name.startswith("_")
}
ROOT = Path(__file__).resolve().parents[2]
SECTIONS = ["Parameters", "Returns", "Raises", "References", "Examples"]


def called_by_chapters():
    """Functions of the ideas that the chapters import, or take from a module that they import."""
    found = set()
    for chapter in sorted((ROOT / "chapters").glob("*.ipynb")):
        cells = json.loads(chapter.read_text(encoding="utf-8"))["cells"]
        tree = ast.parse("\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"))
        nodes, modules = list(ast.walk(tree)), set()
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module == "klbook.ideas":
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and re.fullmatch(r"klbook(\.ideas\.\w+)?", node.module):
                source = importlib.import_module(node.module)
                values = (getattr(source, alias.name, None) for alias in node.names)
                found |= {
                    f"{value.__module__}.{value.__name__}" for value in values if inspect.isfunction(value)
                }
        found |= {
            f"klbook.ideas.{node.value.id}.{node.attr}"
            for node in nodes
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in modules
        }
    return {name.removeprefix("klbook.ideas.") for name in found} & set(FUNCTIONS)


def test_numpy_is_all_that_is_loaded():
    """By klbook itself, and by any of the ideas."""
    code = (
        f"import sys, klbook, {', '.join(MODULES)}\n"
        "print([m for m in ('matplotlib', 'ipywidgets', 'scipy', 'IPython') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


@pytest.mark.parametrize("module", MODULES)
def test_what_is_public_is_listed(module):
    module = importlib.import_module(module)
    assert sorted(module.__all__) == sorted(set(module.__all__))
    defined = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    }
    assert defined <= set(module.__all__) <= set(vars(module))


def test_what_a_chapter_calls_says_what_it_takes_gives_and_refuses_and_shows_it():
    called = called_by_chapters()
    assert {"surprise.kl_divergence", "gambling.kelly_bet", "numerics.root"} <= called
    wrong = {name: faults(FUNCTIONS[name]) for name in sorted(called)}
    assert not {name: found for name, found in wrong.items() if found}


def faults(function):
    """What the documentation of a function lacks."""
    text = inspect.getdoc(function) or ""
    found = re.findall(r"^([A-Z][A-Za-z ]+)\n-{3,}$", text, flags=re.MULTILINE)
    needed = {"Returns", "Examples"} | ({"Raises"} if checks_arguments(function) else set())
    needed |= {"Parameters"} if inspect.signature(function).parameters else set()
    result = [f"no section {section}" for section in SECTIONS if section in needed - set(found)]
    if found != [section for section in SECTIONS if section in found]:
        result.append(f"sections {found}: others, or in another order than {SECTIONS}")
    if "Examples" in found and ">>> " not in text.split("Examples\n--------")[1]:
        result.append("no example that runs")
    if "Parameters" in found:
        listed = re.findall(r"^\S.*", text.split("Parameters\n----------\n")[1].split("\n\n")[0], re.M)
        described = [name.lstrip("*") for line in listed for name in line.split(" : ")[0].split(", ")]
        if described != list(inspect.signature(function).parameters):
            result.append(f"described are {described}")
    return result


def checks_arguments(function):
    """Whether it raises by itself, or calls one of the functions of `checks` that do."""
    source = inspect.getsource(function)
    return bool(re.search(r"\braise\b|\b(as_\w+|check_\w+|refuse|broadcast|on_outcomes)\(", source))


def test_what_no_chapter_calls_is_told_in_a_few_lines():
    called, long = called_by_chapters(), []
    for module in MODULES:
        tree = ast.parse(inspect.getsource(importlib.import_module(module)))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
                name = f"{module.removeprefix('klbook.ideas.')}.{node.name}"
                lines = len(ast.get_docstring(node).splitlines())
                if name not in called and lines > 3:
                    long.append(f"{name}: {lines} lines")
    assert not long
