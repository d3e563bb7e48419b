"""What a page says of itself to who finds it elsewhere: a description, and a picture where links are previewed.

Neither is typed: the description is made of a chapter's goals, or of a page's first sentences, and the picture is that
of its first explorer, or of the book's. Pictures have addresses only where the site has one.
"""

import re
from html import escape, unescape
from io import BytesIO
from pathlib import Path

from docutils import nodes
from PIL import Image

from ..figures import all_figures
from . import addresses
from .freshness import cache_folder
from .pages import first_explorer

__all__ = ["describe", "picture", "setup"]

#: Search engines show about this many letters.
_LONGEST = 200
#: What those who show previews ask for, and how much of it stays free around the picture.
_SIZE, _MARGIN = (1200, 630), 40


def describe(doctree: nodes.document) -> str:
    """The goals that a page states, or else its first sentences; as many as there is room for, or ''."""
    sections = (
        [n for n in s.children if isinstance(n, nodes.paragraph)] for s in doctree.findall(nodes.section)
    )
    paragraphs = next(filter(None, sections), None)
    if not paragraphs:
        return ""
    goals = paragraphs[0].next_node(descend=False, siblings=True)
    if isinstance(goals, nodes.bullet_list):
        said = [_plain(item).rstrip(".;") for item in goals.children if not _has_formula(item)]
        return _plain(paragraphs[0]) + " " + _fitting(said, "; ", len(_plain(paragraphs[0])) + 2) + "."
    text = " ".join(_plain(p) for p in paragraphs if not _has_formula(p))
    return _fitting(re.split(r"(?<=[.?!]) ", text), " ")


def _plain(node):
    return " ".join(node.astext().split())


def _has_formula(node):
    return any(node.findall(lambda n: isinstance(n, (nodes.math, nodes.math_block))))


def _fitting(parts, between, used=0):
    """The first of several parts, and those after it that still fit."""
    text = parts[0] if parts else ""
    for part in parts[1:]:
        if used + len(text) + len(between) + len(part) > _LONGEST:
            break
        text += between + part
    return text


def picture(slug: str) -> bytes:
    """PNG of an explorer's first picture in the size of link previews."""
    e = all_figures()[slug]
    e.frame(e.initial)
    width, height = e.size[0] * e.panels, e.size[1]
    room = [side - 2 * _MARGIN for side in _SIZE]
    png = e.drawing.png(dpi=int(72 * min(room[0] / width, room[1] / height)))
    drawn = Image.open(BytesIO(png)).convert("RGB")
    whole, out = (
        Image.new("RGB", _SIZE, drawn.getpixel((0, 0))),
        BytesIO(),
    )  # on the paper that it is drawn on
    whole.paste(drawn, [(a - b) // 2 for a, b in zip(_SIZE, drawn.size, strict=True)])
    whole.save(out, "png", optimize=True)
    return out.getvalue()


def _address_of_picture(app, slug):
    """Write the picture once for this state of the package, and say where it will be."""
    kept = cache_folder(app) / "explorers" / f"{slug}.preview.png"
    if not kept.exists():
        kept.write_bytes(picture(slug))
    name = f"_static/previews/{slug}.png"
    target = Path(app.outdir, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(kept.read_bytes())
    return addresses.site(app) + name


def _tell(app, pagename, templatename, context, doctree):
    if doctree is None:
        return
    book, site = app.config.html_title, addresses.site(app)
    title = app.env.titles[pagename].astext()
    description = describe(doctree) or f"{title}: {book}"
    said = {"title": title, "site_name": book, "type": "website"}
    card = "summary"
    if site:
        said["url"] = site + app.builder.get_target_uri(pagename)
        home = app.env.get_doctree(app.config.root_doc)
        if found := first_explorer(doctree) or first_explorer(home):
            slug, html = found
            card, said["image"] = "summary_large_image", _address_of_picture(app, slug)
            alt = re.search(r'<p class="kl-alt"[^>]*>(.*?)</p>', html, flags=re.S)[1]
            said["image:alt"] = unescape(alt)
    tags = [f'<meta name="description" property="og:description" content="{escape(description)}"/>']
    tags += [f'<meta property="og:{name}" content="{escape(text)}"/>' for name, text in said.items()]
    tags += [f'<meta name="twitter:card" content="{card}"/>']
    context["metatags"] = context.get("metatags", "") + "\n" + "\n".join(tags) + "\n"


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", _tell)
