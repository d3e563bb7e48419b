"""The scripts of a page: which ones there are, and when they run.

A reader wants to move a slider as soon as there is one. But the scripts of the themes stand in the head of
each page and stop the browser from reading on until all of them are there, one after the other. So here ours
comes first and waits for nothing, the others wait until the page has been read, and those that a page does
not need are taken out of it.
"""

import re
from pathlib import Path

from sphinx.builders.html._assets import _JavaScript

__all__ = ["setup"]

#: The page of results loads what it needs by itself, and in the order that it needs.
_SEARCH = "search"
#: The results quote the pages that they find. Without this they quote first what stands in them for other purposes.
_EXCERPTS = """
document.addEventListener('DOMContentLoaded', () => {
  Search.htmlToText = ((plain) => (page, anchor) => {
    const tree = new DOMParser().parseFromString(page, 'text/html')
    const others = 'noscript, annotation, .onlyprint, .d-print-none, .bd-sidebar-secondary, footer'
    const inside = '.kl-thumbnail, .kl-explorer > :not(.kl-title, figcaption)'
    for (const e of tree.querySelectorAll(`${others}, ${inside}`)) e.remove()
    return plain(tree.documentElement.outerHTML, anchor)
  })(Search.htmlToText)
})
"""
#: Scripts that move one kind of element, and a word in the class of each of that kind.
_MOVES = {"design-tabs.js": "sd-tab-set", "togglebutton.js": "toggle|dropdown"}
_DECLARATION = re.compile("(let|var|const) ")


def _without_thebe(app, config):
    """Jupyter Book always adds sphinx-thebe, whose scripts name a server elsewhere and declare a constant twice."""
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if listener.handler.__module__ == "sphinx_thebe":
                app.disconnect(listener.id)
    app.registry.css_files = [file for file in app.registry.css_files if "thebe" not in file[0]]


def _templates(app, config):
    config.templates_path.append(str(Path(__file__).parent / "templates"))


def _ours(app):
    app.add_js_file("explorer.js", priority=1, loading_method="async", fetchpriority="high")


def _order(app, pagename, templatename, context, doctree):
    context["without_scripts"] = lambda head: re.sub(r"<script\b.*?</script>", "", head, flags=re.DOTALL)
    if pagename == _SEARCH:
        context["script_files"].append(_JavaScript(None, priority=900, body=_EXCERPTS))
    else:
        # What is declared between the files may be needed by one that stands before it.
        files = [file for file in context["script_files"] if _needed(file, context.get("body", ""))]
        files = sorted(files, key=lambda file: not _DECLARATION.match(_body(file)))
        context["script_files"] = [_deferred(file) for file in files]


def _needed(file, page):
    words = _MOVES.get((file.filename or "").rpartition("/")[2])
    return not words or re.search(rf'class="[^"]*\b({words})\b', page)


def _body(file):
    return file.attributes.get("body", "")


def _deferred(file):
    attributes = dict(file.attributes)
    if not file.filename:
        # Sentences between the files wait for them and for the style sheets. Without a file only modules can be
        # deferred, and what a module declares is its own.
        attributes["type"] = "module"
        attributes["body"] = _DECLARATION.sub("globalThis.", _body(file))
    elif "async" not in attributes:
        attributes["defer"] = "defer"
    return _JavaScript(file.filename, priority=file.priority, **attributes)


def setup(app):
    """Register with Sphinx."""
    app.connect("config-inited", _templates)
    app.connect("config-inited", _without_thebe)
    app.connect("builder-inited", _ours)
    app.connect("html-page-context", _order, priority=900)  # after the themes have added theirs
