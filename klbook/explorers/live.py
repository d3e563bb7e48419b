"""An explorer in Jupyter: widgets of a kernel that draw through the same ``update``.

The output also carries a PNG and one line of text, for notebook files and hosts that show nothing else, and
the explorer's slug, by which the book's build finds it.
"""

import os
import re
from html import escape

import ipywidgets as widgets
from IPython.display import Markdown, display

from . import published
from .definition import Explorer, ExplorerError

__all__ = ["MIME", "STILL", "panel", "show"]

#: Mime type of the slug: ``{"slug": "coin-surprise"}``.
MIME = "application/vnd.klbook.explorer+json"

#: Environment variable; set where notebooks are executed for their files, so that no widget state lands in them.
STILL = "KLBOOK_STILL"


#: The first ipywidgets whose widgets do what a panel asks of them. Hosts that show those of older ones only, as Colab
#: does, have an older one installed: so the package does not ask pip for this one.
_OLDEST = 8


def show(e: Explorer) -> None:
    """Display an explorer: its widgets if there is a reader to move them, its picture in any case.

    Where ipywidgets is too old for the widgets, the picture's words follow it.
    """
    e.frame(e.initial)
    bundle = {"text/plain": repr(e), "image/png": e.drawing.png(), MIME: {"slug": e.slug}}
    moved = e.controls and not os.environ.get(STILL)
    old = int(widgets.__version__.split(".")[0]) < _OLDEST
    if moved and not old:
        view = panel(e)._repr_mimebundle_()
        bundle |= {mime: data for mime, data in view.items() if "widget-view" in mime}
    width = e.size[0] * e.panels
    # Drawn with more dots than it is shown with, so that it is sharp.
    display(bundle, raw=True, metadata={"image/png": {"width": width}})
    if moved and old:
        display(Markdown(_in_words(e)))


def _in_words(e):
    """What stands around the picture, and why nothing moves."""
    texts = e.readouts_at(e.initial)
    where = [f"- {c.label}: {c.texts[c.start]}" for c in e.controls]
    numbers = [f"- {r.label}: {texts[r.name]}" for r in e.readouts]
    return "\n".join(
        [
            f"**{e.title}.** {e.caption}\n",
            *where,
            *numbers,
            f"\nThis is the picture that the sliders begin with. They move with ipywidgets {_OLDEST} or newer where "
            f"the host shows it, and on the book's own page; here is version {widgets.__version__}.",
        ]
    )


def panel(e: Explorer) -> widgets.Widget:
    """The widgets: picture, readouts and controls.

    The browser needs longer for the axes and their words than for what moves between them. So the picture is two
    widgets whose layers lie between each other: the pieces that stay, and those that are sent at every move.
    """
    e.frame(e.initial)
    pieces, slots = _layers(e.drawing.still)
    known = e.drawing.definitions()
    still, moving, note = widgets.HTML(_stage(e, known, pieces)), widgets.HTML(), widgets.HTML()
    controls = {}
    for c in e.controls:
        kind = widgets.Dropdown if c.kind == "select" else widgets.SelectionSlider
        controls[c.name] = kind(
            options=list(zip(c.texts, range(len(c.texts)), strict=True)),
            value=c.start,
            description=c.label,
            description_allow_html=False,
            style={"description_width": "initial"},
            layout={"width": "auto"},
        ).add_class("kl-widget")

    seen = _ends(e)

    def redraw(_=None):
        setting = {c.name: c.values[controls[c.name].value] for c in e.controls}
        try:
            fragments, texts = e.frame(setting)
        except ExplorerError as error:
            note.value = f'<p role="alert">{escape(str(error), quote=False)}</p>'
            return
        note.value = ""
        _keep(seen, texts)
        filled = {
            z: "".join([begin + fragments[k] + end for begin, k, end in layer]) for z, layer in slots.items()
        }
        new = e.drawing.definitions().removeprefix(known)
        moving.value = (
            f'<div class="kl-live" data-explorer="{e.slug}">{_stage(e, new, filled)}'
            f"{published.readouts(e, texts, seen)}</div>"
        )

    def reset(_):
        for c in e.controls:
            controls[c.name].value = c.start

    for control in controls.values():
        control.observe(redraw, "value")
    button = widgets.Button(description="Reset").add_class("kl-buttons")
    button.on_click(reset)
    rows = []
    for c in e.controls:
        rows.append(controls[c.name])
        if c.play:
            play = widgets.Play(min=0, max=len(c.values) - 1, value=c.start, interval=120)
            widgets.jslink((play, "value"), (controls[c.name], "index"))
            rows[-1] = widgets.HBox([controls[c.name], play]).add_class("kl-control")
    redraw()
    # The style sheet is sent once: with every picture, the browser would work out the whole window's style anew.
    caption = widgets.HTML(f"<style>{published.stylesheet()}</style><p>{escape(e.caption)}</p>")
    title = widgets.HTML(f'<p class="kl-title">{escape(e.title)}</p>')
    picture = widgets.VBox([still, moving]).add_class("kl-layers")
    body = widgets.VBox([picture, widgets.VBox([*rows, button]).add_class("kl-controls")]).add_class(
        "kl-body"
    )
    return (
        widgets.VBox([title, body, note, caption]).add_class("kl-explorer").add_class(f"kl-panels-{e.panels}")
    )


def _ends(e):
    """Texts whose room the readouts keep from the beginning: where each control begins, and at its ends."""
    seen = {r.name: [] for r in e.readouts}
    ends = [{c.name: value} for c in e.controls for value in (c.values[0], c.values[-1])]
    for moved in [{}, *ends]:
        try:
            _keep(seen, e.readouts_at(e.initial | moved))
        except ExplorerError:  # said when the reader comes there
            continue
    return seen


def _keep(seen, texts):
    """Remember the texts that are longer than all before them."""
    for name, text in texts.items():
        if len(text) > max(map(len, seen[name]), default=0):
            seen[name].append(text)


def _layers(still):
    """The still part cut at its slots: the pieces and the slots, each by its height in the draw order.

    A piece is SVG; the lowest may be empty. Slots that follow each other are one layer: for each the groups that
    begin before it, its number, and their ends.
    """
    pieces, slots, groups, z = {}, {}, [], -1
    for k, piece in enumerate(re.split(r'<g data-slot="(\d+)"></g>', still)):
        begin = "".join(groups)
        if k % 2:
            z += z in pieces
            slots.setdefault(z, []).append((begin, int(piece), "</g>" * len(groups)))
            continue
        for tag in re.findall(r"</g>|<g\b[^>]*(?<!/)>", piece):
            groups.append(tag) if tag != "</g>" else groups.pop()
        if k == 0 or re.search(r"<(?!/?g\b)", piece):
            z += 1
            pieces[z] = begin + piece + "</g>" * len(groups)
    return pieces, slots


def _stage(e, definitions, layers):
    """Layers of a picture, each an SVG at its height; the lowest of all speaks for the whole."""
    width, height = e.size
    svgs = []
    for z, layer in layers.items():
        seen = f'role="img" aria-label="{escape(e.alt)}"' if z == 0 else 'aria-hidden="true"'
        svgs.append(
            f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="xMinYMin meet" style="z-index:{z}" {seen}>'
            f"<defs>{definitions}</defs>{layer}</svg>"
        )
        definitions = ""  # once in a page
    return f'<div class="kl-stage" style="--n:{e.panels};--w:{width};--h:{height}">{"".join(svgs)}</div>'
