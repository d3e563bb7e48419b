"""Where the source and the site are: from the repository that is built, else from the settings, else nowhere."""

from urllib.parse import parse_qs, urlsplit

import pytest

from klbook.site import addresses

ENVIRONMENT = ("REPOSITORY", "SERVER_URL", "REF", "REF_NAME", "BASE_REF")


@pytest.fixture
def runner(monkeypatch):
    """What a runner sets, and nothing else of it."""
    for name in ENVIRONMENT:
        monkeypatch.delenv(f"GITHUB_{name}", raising=False)

    def where(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(f"GITHUB_{name}", value)

    return where


def settings(url=None, baseurl=None, branch=None):
    return {"repository": {"url": url, "branch": branch}, "html": {"baseurl": baseurl}}


NONE, OURS = settings(), settings("https://github.com/them/book", "https://book.example/kl")


@pytest.mark.parametrize(
    ("config", "repository", "source", "site"),
    [
        (NONE, None, "", ""),
        (NONE, "Owner/kl-book", "https://github.com/Owner/kl-book/", "https://owner.github.io/kl-book/"),
        (NONE, "Owner/owner.github.io", "https://github.com/Owner/owner.github.io/", "https://owner.github.io/"),
        (OURS, None, "https://github.com/them/book/", "https://book.example/kl/"),
        (OURS, "them/book", "https://github.com/them/book/", "https://book.example/kl/"),
        # A fork does not send its readers to the original.
        (OURS, "you/book", "https://github.com/you/book/", "https://you.github.io/book/"),
        (settings("https://github.com/them/book/"), None, "https://github.com/them/book/", ""),
        ({"repository": None}, None, "", ""),
    ],
)  # fmt: skip
def test_addresses(runner, config, repository, source, site):
    runner(**({"REPOSITORY": repository} if repository else {}))
    assert (addresses.source(config), addresses.site(config)) == (source, site)


def test_another_server_has_no_site_that_could_be_guessed(runner):
    runner(REPOSITORY="o/n", SERVER_URL="https://git.school.example")
    assert addresses.source(NONE) == "https://git.school.example/o/n/"
    assert addresses.site(NONE) == ""


@pytest.mark.parametrize(
    ("environment", "ref"),
    [
        ({"REF": "refs/heads/main", "REF_NAME": "main"}, "main"),
        ({"REF": "refs/heads/a/b", "REF_NAME": "a/b"}, "a/b"),
        ({"REF": "refs/tags/v1.0.0", "REF_NAME": "v1.0.0"}, "v1.0.0"),
        ({"REF": "refs/pull/7/merge", "REF_NAME": "7/merge", "BASE_REF": "develop"}, "develop"),
    ],
)
def test_the_branch_or_tag_that_is_built(runner, environment, ref):
    runner(REPOSITORY="o/n", **environment)
    assert addresses.ref(NONE) == ref


def test_without_a_runner_the_branch_is_a_setting(runner):
    assert addresses.ref(NONE) == "main" and addresses.ref(settings(branch="trunk")) == "trunk"


@pytest.mark.parametrize(
    ("url", "file", "issue"),
    [
        ("https://github.com/o/n", "https://github.com/o/n/blob/main/chapters/a.ipynb?plain=1", "title body"),
        (
            "https://gitlab.com/o/n",
            "https://gitlab.com/o/n/-/blob/main/chapters/a.ipynb?plain=1",
            "issue[title] issue[description]",
        ),
        # A host whose addresses are written in another way: the repository, and no guess.
        ("https://forge.example/o/n", "https://forge.example/o/n/", None),
    ],
)  # fmt: skip
def test_a_file_and_an_issue(runner, url, file, issue):
    config = settings(url)
    assert addresses.file(config, "chapters/a.ipynb") == file
    made = addresses.issue(config, "Mistake in “A & B”", "two\nlines #1")
    if issue is None:
        assert made == ""
    else:
        title, body = issue.split()
        assert parse_qs(urlsplit(made).query) == {title: ["Mistake in “A & B”"], body: ["two\nlines #1"]}


def test_nothing_is_known_nothing_is_made_up(runner):
    assert addresses.file(NONE, "chapters/a.ipynb") == "" and addresses.issue(NONE, "a", "b") == ""


@pytest.mark.parametrize(
    "bad",
    ["book.example", "ftp://book.example", "https://book example/", "https://", "https://a.b/?q=1", 7, "https://[1"],
)  # fmt: skip
def test_what_is_no_address_is_said_where_it_stands(runner, bad):
    with pytest.raises(ValueError, match=r"_config.yml is .*, which is not the address") as error:
        addresses.source(settings(url=bad))
    assert "repository.url" in str(error.value) and repr(bad) in str(error.value)
    with pytest.raises(
        ValueError, match=r"html.baseurl in _config.yml is .*, as https://example.org/the-site/"
    ):
        addresses.site(settings(baseurl=bad))


@pytest.mark.parametrize(
    "bad",
    [
        "name",
        "a/b/c",
        "a b/c",
        "https://github.com/a/b",
        "../..",
        "who/.",
        "who/..",
        "-/-",
        "a--b/c",
        "a-/c",
        "a/b.git",
    ],
)
def test_a_repository_has_an_owner_and_a_name(runner, bad):
    runner(REPOSITORY=bad)
    with pytest.raises(ValueError, match="not of the form owner/name"):
        addresses.source(NONE)


def test_the_books_own_settings_are_addresses_or_nothing(runner):
    config = addresses.book()
    assert config["title"]
    for address in (addresses.source(config), addresses.site(config)):
        assert address == "" or address.endswith("/")
