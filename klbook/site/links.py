"""Links and equations in markup that reads well without Sphinx.

A chapter is read in JupyterLab, too, where roles and directives would be shown as they are typed. So it has
plain Markdown, and this module gives the site what Sphinx can do with it:

``[surprisal](glossary.md#surprisal)``
    a link to the glossary's entry;
``[Cover & Thomas](bibliography.md#cover2006)``
    a link to the bibliography's entry;
``<div id="eq-kl"></div>`` before a formula
    a numbered equation with that label;
``[definition](#eq-kl)``
    a link to it, with its number;
``[set it to this](suboptimal-coding.ipynb#coding-kraft&l0=1&l1=2)``
    a link to an explorer of another page, at a setting.

What does not exist stays a warning, and so an error of the build.
"""

import re
from urllib.parse import quote, unquote

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

from .pages import explorers_of

__all__ = ["anchor", "setup"]


def anchor(env, page: str, place: str) -> str | None:
    """What the site calls an entry of the glossary or the bibliography."""
    found = _entry(env, page, place)
    return found and found[1]


def _entry(env, page, place):
    """Page and anchor of an entry of the glossary or the bibliography, or None."""
    if page == "glossary":
        for (kind, name), found in env.get_domain("std").objects.items():
            if kind == "term" and re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") == place:
                return found
    if page == "bibliography":
        for citation in env.get_domain("cite").citations:
            if citation.key == place:
                return citation.bibliography_key.docname, citation.citation_id
    return None


class _NumberEquations(SphinxTransform):
    """An empty ``<div id="eq-…">`` before a formula is its label."""

    default_priority = 210

    def apply(self):
        domain = self.env.get_domain("math")
        for raw in list(self.document.findall(nodes.raw)):
            match = re.fullmatch(r'\s*<div id="(eq-[a-z0-9-]+)"></div>\s*', raw.astext())
            if not match:
                continue
            block = raw.next_node(nodes.math_block, descend=False, siblings=True)
            if block is None:
                raise ValueError(f"{self.env.docname}: no formula follows the label {match[1]!r}")
            label = match[1]
            domain.note_equation(self.env.docname, label, location=block)
            block.update_basic_atts(
                {"label": label, "docname": self.env.docname, "number": domain.get_equation_number_for(label)}
            )
            block["label"], block["docname"] = label, self.env.docname
            block["number"] = domain.get_equation_number_for(label)
            target = nodes.target("", "", ids=[nodes.make_id(f"equation-{label}")])
            self.document.note_explicit_target(target)
            raw.replace_self(target)


class _ResolveLinks(SphinxPostTransform):
    """Links to glossary, bibliography, equations and explorers, before MyST takes them for headings."""

    default_priority = 8

    def run(self, **kwargs):
        for node in list(self.document.findall(pending_xref)):
            if node.get("refdomain") == "doc" and node.get("reftargetid"):
                page = node["reftarget"].rpartition("/")[2]
                target = _entry(self.env, page, node["reftargetid"]) or self._setting(node)
                if target:
                    self._link(node, *target)
            elif node.get("reftype") == "myst" and node["reftarget"].startswith("eq-"):
                self._number(node)

    def _setting(self, node):
        """Page and address of an explorer, which its script reads."""
        slug, *pairs = unquote(node["reftargetid"]).split("&")
        if slug not in explorers_of(self.env, node["reftarget"]):
            return None
        # MyST has taken some of the codes out of the address.
        return node["reftarget"], "&".join([slug, *(quote(pair, safe="=") for pair in pairs)])

    def _number(self, node):
        equation = self.env.get_domain("math").equations.get(node["reftarget"])
        if equation:
            node[0].append(nodes.Text(f" ({equation[1]})"))

    def _link(self, node, doc, anchor):
        inner = nodes.inline(
            "", "", *[child.deepcopy() for child in node[0].children] or [node[0].deepcopy()]
        )
        here = node.get("refdoc", self.env.docname)
        node.replace_self(make_refnode(self.app.builder, here, doc, anchor, inner))


def _entries_are_items(app, pagename, templatename, context, doctree):
    """Docutils gives the entries of its list of sources a role that ARIA has given up, and that no list may have."""
    if "body" in context:
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", _entries_are_items)
    app.add_transform(_NumberEquations)
    app.add_post_transform(_ResolveLinks)
