"""Matplotlib's SVG renderer, writing for a page: rounded geometry, colours that follow the theme, short ids.

What a figure looks like is Matplotlib's business, and stays so. How it is written down is ours: a page holds
hundreds of frames, and each is read again at every move of a slider.
"""

import re
from contextlib import contextmanager
from functools import lru_cache
from html import escape

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import RendererSVG, _generate_css

from . import palette

__all__ = ["FRAME_DIGITS", "PANEL", "STILL_DIGITS", "Renderer"]

#: A group whose gid begins so is a panel; its number follows.
PANEL = "kl-panel-"
#: Digits of coordinates, in CSS pixels, in what stands once in the page and in what stands once for each state.
STILL_DIGITS, FRAME_DIGITS = 2, 1
_MARKER_DIGITS = 2
_DOWNWARDS = np.diag([1.0, -1.0, 1.0])  # as y grows in SVG
_COMMANDS = [b"M", b"L", b"Q", b"C", b"z"]


class Renderer(RendererSVG):
    """Writes SVG that can be taken piece by piece.

    Parameters
    ----------
    width, height : float
        In CSS pixels.
    prefix : str
        Of all ids.
    digits : int
        Of coordinates, until `begin` says otherwise. Numbers in texts are never touched.
    """

    def __init__(self, width, height, prefix, digits):
        self._prefix, self._ids, self._written, self._styles = prefix, {}, set(), {}
        self._flip = np.array([[1, 0, 0], [0, -1, height], [0, 0, 1]])
        super().__init__(width, height, _Nowhere(), metadata={"Date": None})
        # A page writes its own <svg>, and Matplotlib's style for "*" would hold for the whole of it.
        self.writer = _Writer(self._round)
        self.begin(digits)

    def begin(self, digits):
        """Write with so many digits from now on, and forget what a drawing that failed may have left."""
        self._digits, self._path_digits, self._open = digits, None, []
        self.writer.clear()

    def take(self) -> str:
        """What was written since the last time."""
        return self.writer.take()

    def definitions(self) -> str:
        """Markers, clip paths and hatches of all that was written so far.

        They are the still part's: a frame that is taken out of the page must not take them along.
        """
        self.begin(STILL_DIGITS)
        for store, write in (("_clipd", self._write_clips), ("_hatchd", self._write_hatches)):
            everything = getattr(self, store)
            setattr(self, store, {key: v for key, v in everything.items() if v[1] not in self._written})
            write()
            self._written.update(oid for _, oid in everything.values())
            setattr(self, store, everything)
        return "".join(self.writer.definitions)

    def slot(self, number):
        """A place for a dynamic artist."""
        self.writer.start("g", {"data-slot": str(number)})
        self.writer.data("")
        self.writer.end()

    # -- ids: short, and the same in every build
    def _make_id(self, type, content):
        key = (type, str(content))
        return self._ids.setdefault(key, f"{self._prefix}-{type}{len(self._ids)}")

    def open_group(self, s, gid=None):
        # Only a panel's group means anything here; the others would cost bytes in every frame.
        panel = bool(gid) and gid.startswith(PANEL)
        self._open.append(panel)
        if panel:
            self.writer.start("g", {"class": "kl-panel", "style": f"--i:{gid[len(PANEL) :]}"})

    def close_group(self, s):
        if self._open.pop():
            self.writer.end("g")

    # -- geometry is rounded here, where it becomes text
    def _round(self, number):
        return f"{number:.{self._digits}f}".rstrip("0").rstrip(".")

    def _make_flip_transform(self, transform):
        # The same as Matplotlib's, without a tree of transforms for each path.
        return self._flip @ transform.get_matrix()

    def _convert_path(self, path, transform=None, clip=None, simplify=None, sketch=None):
        box = (0.0, 0.0, self.width, self.height) if clip else None
        data = mpl._path.convert_to_string(
            path, transform, box, simplify, sketch, self._path_digits or self._digits, _COMMANDS, False
        ).decode("ascii")
        data = data.replace(" \n", "").replace("\n", "")
        for command in "MLQC":
            data = data.replace(command + " ", command)
        return _level(data)

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        if len(path.vertices) == 1 and not trans.transform(path.vertices).any():
            # A collection of one path, such as a fill, is drawn as a "marker" at the origin. As a definition it
            # would stand in the page once for each state.
            return self.draw_path(gc, marker_path, marker_trans, rgbFace)
        style = self._get_style_dict(gc, rgbFace)
        css, codes = _generate_css(style), marker_path.codes
        matrix = _DOWNWARDS @ marker_trans.get_matrix()
        marker = (marker_path.vertices.tobytes(), codes is None or codes.tobytes(), matrix.tobytes(), css)
        if marker not in self._markers:
            with self._small_shapes():
                shape = self._convert_path(marker_path, matrix, simplify=False)
            outline = _generate_css({k: v for k, v in style.items() if k.startswith("stroke")})
            oid = self._make_id("m", (shape, css))
            self.writer.start("defs")
            self.writer.element("path", id=oid, d=shape, style=outline)
            self.writer.end("defs")
            self._markers[marker] = oid
        self.writer.start("g", **self._get_clip_attrs(gc))
        if gc.get_url() is not None:
            self.writer.start("a", href=gc.get_url(), target="_blank")
        for x, y in trans.transform(path.vertices).tolist():
            # Those outside of the picture are left out, and those of which a number is missing.
            if 0 <= x <= self.width and 0 <= y <= self.height:
                x, y = self._round(x), self._round(self.height - y)
                self.writer.element("use", href=f"#{self._markers[marker]}", x=x, y=y, style=css)
        if gc.get_url() is not None:
            self.writer.end("a")
        self.writer.end("g")

    def draw_path_collection(self, *args, **kwargs):
        self._path_collection_id = 0  # the rest of the id says what the path is
        with self._small_shapes():
            super().draw_path_collection(*args, **kwargs)

    @contextmanager
    def _small_shapes(self):
        self._path_digits = _MARKER_DIGITS
        yield
        self._path_digits = None

    def draw_gouraud_triangles(self, *args, **kwargs):
        raise ValueError("smoothly shaded triangles (gouraud) cannot be published; use flat shading")

    # -- style
    def _get_style_dict(self, gc, rgbFace):
        offset, dashes = gc.get_dashes()
        key = (
            _hashable(rgbFace),
            (gc.get_rgb(), gc.get_alpha(), gc.get_forced_alpha(), gc.get_linewidth()),
            (offset, _hashable(dashes), gc.get_joinstyle(), gc.get_capstyle()),
            (gc.get_hatch(), _hashable(gc.get_hatch_color()), gc.get_hatch_linewidth()),
        )
        if key not in self._styles:
            if rgbFace is not None and tuple(rgbFace[:3]) == (0, 0, 0) and gc.get_hatch() is None:
                palette.css_variable("#000000")  # RendererSVG leaves black out, so it would go unseen
            self._styles[key] = super()._get_style_dict(gc, rgbFace)
        return self._styles[key]


def _hashable(numbers):
    return None if numbers is None else tuple(numbers)


class _Nowhere:
    """Swallows the head of Matplotlib's file."""

    def write(self, text):
        pass


class _Writer:
    """Takes the calls that RendererSVG makes to Matplotlib's XML writer, and keeps what a page needs of them."""

    def __init__(self, rounded):
        self.definitions = {}  # in order, each once
        self._rounded = rounded
        self.clear()

    def clear(self):
        self._parts, self._tags, self._unclosed, self._outside = [], [], False, None

    def take(self):
        taken, self._parts = "".join(self._parts), []
        return taken

    def start(self, tag, attrib=None, **extra):
        self._close_start()
        if tag == "defs":
            self._outside, self._parts = self._parts, []
        else:
            self._parts.append(f"<{tag}{''.join(self._attributes({**(attrib or {}), **extra}))}")
            self._unclosed = True
        self._tags.append(tag)

    def _close_start(self):
        if self._unclosed:
            self._parts.append(">")
            self._unclosed = False

    def _attributes(self, attributes):
        for name, value in attributes.items():
            if name == "style":
                value = _style(value)
            elif name in _LENGTHS:
                value = self._rounded(float(value)) if "." in value else value
            elif name == "transform":
                value = _NO_ROTATION.sub("", value)
                value = _MOVES.sub(self._rounded_numbers, value)
            elif name in ("fill", "stroke"):
                value = _colours(value)
            elif name in ("href", "xlink:href"):
                name, value = "href", escape(value)
            if value:
                yield f' {name}="{value}"'

    def _rounded_numbers(self, match):
        return _DECIMAL.sub(lambda number: self._rounded(float(number[0])), match[0])

    def data(self, text):
        self._close_start()
        self._parts.append(escape(text, quote=False))

    def comment(self, text):
        """Not for a page."""

    def end(self, tag=None, indent=True):
        tag = self._tags.pop()
        if tag == "defs":
            self.definitions[self.take()] = None
            self._parts, self._outside = self._outside, None
        elif self._unclosed:
            self._parts.append("/>")
            self._unclosed = False
        else:
            self._parts.append(f"</{tag}>")

    def element(self, tag, text=None, attrib=None, **extra):
        self.start(tag, attrib, **extra)
        if text:
            self.data(text)
        self.end()


_LENGTHS = {"x", "y", "width", "height"}
_NO_ROTATION = re.compile(r"rotate\(-?0 [^)]*\)")
_MOVES = re.compile(r"(translate|rotate)\([^)]*\)")
_DECIMAL = re.compile(r"-?\d+\.\d+")


@lru_cache(4096)
def _style(css):
    css = css.replace(": ", ":").replace("; ", ";")
    css = re.sub(r"font-family:[^;]*'DejaVu Sans'[^;]*", "", css)  # the page's style names it
    css = re.sub(r"(?<=fill:)[^;]+|(?<=stroke:)[^;]+", lambda match: _colours(match[0]), css)
    return escape(css.strip(";").replace(";;", ";"))


def _colours(text):
    return re.sub("#[0-9a-f]{6}$", lambda match: palette.css_variable(match[0]), text)


def _level(data):
    """Lines along an axis by H and V: the height of a bar then stands in its path once."""
    if data.count("L") > 60 or "C" in data or "Q" in data:
        return data  # a curve has none worth the time
    out, x, y = [], None, None
    for command, point in re.findall(r"([MLz])([^MLz]*)", data):
        if command == "z":
            out.append("z")
            continue
        new_x, _, new_y = point.partition(" ")
        if command == "L" and new_y == y:
            out.append(f"H{new_x}")
        elif command == "L" and new_x == x:
            out.append(f"V{new_y}")
        else:
            out.append(command + point)
        x, y = new_x, new_y
    return "".join(out)
