"""What all modules of the ideas have in common: NumPy alone, and documentation of one form, with examples."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys

import pytest

from klbook import ideas

MODULES = [f"klbook.ideas.{module.name}" for module in pkgutil.iter_modules(ideas.__path__)]
FUNCTIONS = {
    f"{module.removeprefix('klbook.ideas.')}.{name}": value
    for module in MODULES
    for name, value in vars(importlib.import_module(module)).items()
    if inspect.isfunction(value) and value.__module__ == module and not name.startswith("_")
}
SECTIONS = ["Parameters", "Returns", "Raises", "See Also", "Notes", "References", "Examples"]


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


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_says_what_it_takes_gives_and_refuses_and_shows_it(name):
    text, parameters = inspect.getdoc(FUNCTIONS[name]), inspect.signature(FUNCTIONS[name]).parameters
    found = re.findall(r"^([A-Z][A-Za-z ]+)\n-{3,}$", text, flags=re.MULTILINE)
    assert found == [section for section in SECTIONS if section in found]  # no others, and in this order
    assert {"Parameters", "Examples"} <= set(found) and {"Returns", "Raises"} & set(found)
    assert ">>> " in text.split("Examples\n--------")[1]
    listed = text.split("Parameters\n----------\n")[1].split("\n\n")[0]
    described = [word.lstrip("*") for line in re.findall(r"^\S.*", listed, re.M) for word in names(line)]
    assert described == list(parameters)


def names(line):
    """The parameters that a line such as "p, q : array_like" is about."""
    return line.split(" : ")[0].split(", ")
