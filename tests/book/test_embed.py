"""The command that writes explorers into files of their own; what stands in these is looked at in tests/site."""

import subprocess
import sys

import pytest
import yaml

from klbook.explorers import published
from klbook.figures import all_figures
from klbook.site import embed


def run(capsys, *arguments):
    """The code of the command's end, and what it said."""
    try:
        embed.main(list(arguments))
        code = 0
    except SystemExit as end:
        code = end.code
    said = capsys.readouterr()
    return code, said.out + said.err


def test_files_are_written(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(embed.addresses, "site", lambda settings: "")
    code, said = run(capsys, "gibbs-tangent", "first-look", "--to", str(tmp_path / "new" / "slides"))
    assert code == 0 and len(said.splitlines()) == 2
    for slug in ("gibbs-tangent", "first-look"):
        text = (tmp_path / "new" / "slides" / f"{slug}.html").read_text(encoding="utf-8")
        assert f'data-explorer="{slug}"' in text and 'class="kl-chapter"' not in text
        title = yaml.safe_load((embed.ROOT / "_config.yml").read_text(encoding="utf-8"))["title"]
        assert f"<cite>{title}</cite>" in text
        assert text == embed.page(published.html(all_figures()[slug]), all_figures()[slug].title, title, None)


def test_with_the_sites_address_the_chapter_is_linked_to(tmp_path, capsys):
    for site in ("https://example.org/kl", "https://example.org/kl/"):
        run(capsys, "gibbs-tangent", "first-look", "--to", str(tmp_path), "--site", site)
        for slug, path in (
            ("gibbs-tangent", "chapters/expected-surprise.html"),
            ("first-look", "index.html"),
        ):
            text = (tmp_path / f"{slug}.html").read_text(encoding="utf-8")
            assert f'class="kl-chapter" href="https://example.org/kl/{path}"' in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["first-look", "two-wayz"],
            "'two-wayz' is no explorer of the book; the nearest name is 'two-ways'. Nothing was written.",
        ),
        (
            ["QQQ"],
            "'QQQ' is no explorer of the book; the nearest name is ",
        ),
        (["first-look", "--to", "FILE"], "is a file and has to be a folder. Nothing was written."),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(tmp_path, capsys, arguments, said):
    (tmp_path / "file").write_text("kept", encoding="utf-8")
    arguments = [str(tmp_path / "file") if a == "FILE" else a for a in arguments]
    if "--to" not in arguments:
        arguments += ["--to", str(tmp_path / "new")]
    code, told = run(capsys, *arguments)
    assert code == 1 and said in told and len(told.splitlines()) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"


def test_the_command_can_be_called():
    done = subprocess.run([sys.executable, "-m", "klbook.site.embed"], capture_output=True, text=True)
    assert done.returncode == 2 and "SLUG" in done.stderr


def test_a_page_is_the_same_in_every_build_and_its_words_are_words():
    piece = published.html(all_figures()["gibbs-tangent"])
    made = [embed.page(piece, "A < B & “C”", "Book & more", "../x.html?a=1&b=2") for _ in range(2)]
    assert made[0] == made[1]
    assert "<title>A &lt; B &amp; “C” – Book &amp; more</title>" in made[0]
    assert 'href="../x.html?a=1&amp;b=2"' in made[0]
    assert "kl-code" not in made[0].partition("<body>")[2] and "Copy link" not in made[0]
