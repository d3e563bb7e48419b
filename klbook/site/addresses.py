"""Where the book's source is kept and where its site is published, from one place.

On GitHub's runners that place is the repository that the workflow runs in, so that a fork needs no edit:
``GITHUB_REPOSITORY`` and what belongs to it. Elsewhere it is ``repository.url`` and ``html.baseurl`` of
``_config.yml``. Where neither is set nothing is known, and no page has a link that would lead nowhere.

A site that has an address of its own says so in ``html.baseurl``, for the runners, too; where ``repository.url`` is
another repository than the one that is being built, this is a fork, and the address is not its own.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import yaml

import klbook

__all__ = ["address", "book", "file", "issue", "ref", "site", "source"]

_BRANCH = "main"
_GITHUB = "https://github.com"
_ADDRESS = re.compile(r"""https?://[^\s/?#"<>\[\]]+(/[^\s?#"<>]*)?""")
#: GitHub's rules: letters and digits, parted by single signs; a name is neither . nor .. and does not end in .git.
_OWNER_NAME = re.compile(
    r"(?=[^/]{1,39}/)[A-Za-z0-9]+([_-][A-Za-z0-9]+)*/(?!\.\.?$)(?!.*\.git$)[A-Za-z0-9_.-]{1,100}"
)


def book() -> dict:
    """The settings in the book's ``_config.yml``, for those who have no Sphinx: ``site(book())``."""
    text = (Path(klbook.__file__).parents[1] / "_config.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def source(config) -> str:
    """Address of the source repository with a slash at its end, or ''.

    `config` is Sphinx's application, its configuration, or the settings of ``_config.yml`` as :func:`book` reads them.

    Raises
    ------
    ValueError
        If what is set is no address: what it is, where it stands, and what would be right.
    """
    name = os.environ.get("GITHUB_REPOSITORY")
    if not name:
        return address(_settings(config)["repository.url"], "repository.url in _config.yml", "owner/name")
    if not _OWNER_NAME.fullmatch(name):
        raise ValueError(f"GITHUB_REPOSITORY is {name!r}, which is not of the form owner/name")
    return _server() + name + "/"


def site(config) -> str:
    """Address of the published site with a slash at its end, or ''. `config` and errors as for :func:`source`."""
    settings, repository = _settings(config), source(config)
    own = address(settings["html.baseurl"], "html.baseurl in _config.yml")
    original = address(settings["repository.url"], "repository.url in _config.yml")
    fork = bool(original) and original.lower() != repository.lower()
    if own and not fork:
        return own
    name = os.environ.get("GITHUB_REPOSITORY")
    if not name or _server() != _GITHUB + "/":
        return ""
    owner, _, name = name.partition("/")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def ref(config) -> str:
    """Name of the branch or the tag that the site is built from."""
    if not os.environ.get("GITHUB_REPOSITORY"):
        return _settings(config)["repository.branch"] or _BRANCH
    if os.environ.get("GITHUB_REF", "").startswith(("refs/heads/", "refs/tags/")):
        return os.environ["GITHUB_REF_NAME"]
    return os.environ.get("GITHUB_BASE_REF") or _BRANCH  # a pull request's merge is gone when it is merged


def file(config, path: str) -> str:
    """Address of one file of the source, as its text; of the repository where its host's addresses are not known."""
    repository = source(config)
    blob = {"github": "blob", "gitlab": "-/blob"}.get(_host(repository))
    if not blob:
        return repository
    return f"{repository}{blob}/{quote(ref(config))}/{quote(path)}?plain=1"


def issue(config, title: str, body: str) -> str:
    """Address of a new issue that is filled in, or ''."""
    repository = source(config)
    host = _host(repository)
    if host == "github":
        return f"{repository}issues/new?{urlencode({'title': title, 'body': body}, quote_via=quote)}"
    if host == "gitlab":
        filled = {"issue[title]": title, "issue[description]": body}
        return f"{repository}-/issues/new?{urlencode(filled, quote_via=quote)}"
    return ""


def _host(repository):
    """Which host's ways of writing addresses a repository has."""
    if repository and os.environ.get("GITHUB_REPOSITORY"):
        return "github"
    name = (urlsplit(repository).hostname or "").split(".")
    return next((host for host in ("github", "gitlab") if host in name), "")


def _server():
    return address(os.environ.get("GITHUB_SERVER_URL") or _GITHUB, "GITHUB_SERVER_URL")


def _settings(config):
    """The three settings, or '' for each that is not there."""
    if isinstance(config, Mapping):
        found = {
            f"{group}.{key}": (config.get(group) or {}).get(key)
            for group, key in (("repository", "url"), ("repository", "branch"), ("html", "baseurl"))
        }
    else:
        config = getattr(config, "config", config)  # Sphinx's application has its configuration
        # What Jupyter Book makes of them.
        options = config.html_theme_options
        found = {
            "repository.url": options.get("repository_url"),
            "repository.branch": options.get("repository_branch"),
            "html.baseurl": config.html_baseurl,
        }
    return {name: value or "" for name, value in found.items()}


def address(value, where: str, example: str = "the-site") -> str:
    """An address with one slash at its end, or ''.

    Raises
    ------
    ValueError
        If it is none, with where it stands.
    """
    if not value:
        return ""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise ValueError(
            f"{where} is {value!r}, which is not the address of a folder on the web, as https://example.org/{example}/"
        )
    return value.rstrip("/") + "/"
