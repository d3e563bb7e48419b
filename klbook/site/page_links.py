"""From a page to its source and back: where it is kept, how a mistake is reported, and where it can be run.

The links stand at the foot of each page, where they need no script, and for a chapter also in a menu above it. A link
whose address is not known is left out: see :mod:`.addresses`. Nothing is loaded from where they lead.
"""

from html import escape
from importlib.metadata import version
from urllib.parse import quote, urlsplit

from sphinx.errors import ConfigError

from . import addresses
from .downloads import is_chapter

__all__ = ["NOTEBOOKS", "run", "setup"]

#: The branch to which the workflow puts the notebooks as readers download them: Colab opens files of repositories only.
NOTEBOOKS = "notebooks"


def run(config, path: str) -> dict[str, str]:
    """Where a notebook can be run: what the place is called, and its address.

    `config` as for :func:`.addresses.source`, `path` that of the notebook in the repository.
    """
    source = addresses.source(config)
    if not source:
        return {}
    server, repository = urlsplit(source).netloc, urlsplit(source).path.strip("/")
    ref = quote(addresses.ref(config), safe="")
    # Binder's ways of writing where a repository is.
    there = {"github.com": f"gh/{repository}", "gitlab.com": f"gl/{quote(repository, safe='')}"}
    kept = there.get(server, f"git/{quote(source.rstrip('/'), safe='')}")
    places = {}
    if server == "github.com":
        colab = "https://colab.research.google.com/github"
        places["Colab"] = f"{colab}/{repository}/blob/{NOTEBOOKS}/{quote(path)}"
    places["Binder"] = f"https://mybinder.org/v2/{kept}/{ref}?urlpath={quote(f'lab/tree/{path}', safe='/')}"
    return places


def _links(app, pagename):
    """What a page leads to: words and address of each link."""
    path = app.env.doc2path(pagename, base=False)
    links, chapter = {}, is_chapter(app, pagename)
    # Where they lead, notebooks have their solutions.
    if app.config.klbook_solutions or not chapter:
        if chapter:
            links |= {f"Run it on {place}": address for place, address in run(app, path).items()}
        if source := addresses.file(app, path):
            links["Source of this page"] = source
    title, site = app.env.titles[pagename].astext(), addresses.site(app)
    where = f"{site}{app.builder.get_target_uri(pagename)}" if site else path
    body = f"Page: {where}, version {version('klbook')}\n\nWhat is wrong, and what would be right:\n"
    if issue := addresses.issue(app, f"A mistake in “{title}”", body):
        links["Report a mistake"] = issue
    return {words: escape(address) for words, address in links.items()}


def _foot(app, pagename, templatename, context, doctree):
    context["kl_links"], context["kl_notebook"] = {}, ""
    if pagename in app.env.all_docs:  # not the search and the index, which nobody has written
        context["kl_links"] = _links(app, pagename)
        if is_chapter(app, pagename):
            context["kl_notebook"] = f"{context['pathto']('_sources', 1)}/{pagename}.ipynb"


def _menu(app, pagename, templatename, context, doctree):
    if context["kl_notebook"] and context["kl_links"]:
        buttons = [{"type": "link", "text": words, "url": url} for words, url in context["kl_links"].items()]
        context["header_buttons"].insert(
            0,
            {
                "type": "group",
                "tooltip": "Run this page, or see its source",
                "icon": "fas fa-rocket",
                "label": "launch-buttons",
                "buttons": buttons,
            },
        )


def _place(app, config):
    config.html_theme_options["article_footer_items"] = ["page-links.html"]
    # The theme stops at a repository whose host it does not know, though none of its buttons for it is shown.
    config.html_theme_options["repository_provider"] = "github"
    try:
        config.klbook_source = [addresses.source(config), addresses.ref(config), addresses.site(config)]
    except ValueError as error:
        raise ConfigError(str(error)) from None
    config.html_baseurl = addresses.site(config)  # of which Sphinx makes each page's canonical address


def setup(app):
    """Register with Sphinx."""
    app.add_config_value("klbook_source", [], "env")  # a new address makes every page be written again
    app.connect("config-inited", _place, priority=100)
    app.connect("html-page-context", _foot, priority=400)  # before the theme looks whether there is anything
    app.connect("html-page-context", _menu, priority=600)  # after it has made its buttons
