"""The page for teachers: it says what the chapters say, its links lead to settings, its minutes add up."""

import ast
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from itertools import combinations
from pathlib import Path

import nbformat
import pytest
from links import to_other_chapters, wrong_settings
from markdown_it import MarkdownIt

import klbook
from klbook.explorers.live import MIME
from klbook.site import needs, teaching
from klbook.site.outline import Need, outline

ROOT = Path(klbook.__file__).parents[1]
BOOK = teaching.read(ROOT)
PAGE = (ROOT / "chapters" / "teaching.md").read_text(encoding="utf-8")
PLANS = {name: teaching.plan_markdown(plan) for name, plan in BOOK.plans.items()}
CHAPTERS = teaching.chapters_markdown(BOOK)

# --- read a second time, from the bytes of the files ------------------------------------------------------------------

_TOC = re.findall(
    r"^ *- caption: (.*)|^ *- file: chapters/([\w-]+)",
    (ROOT / "_toc.yml").read_text(encoding="utf-8"),
    flags=re.M,
)
_BACK = [caption.strip('"') for caption, _ in _TOC].index("Back matter")
NAMES = [name for _, name in _TOC[:_BACK] if name]
CELLS = {
    name: json.loads((ROOT / "chapters" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    for name in NAMES
}


def need_of(name):
    """The tokens of the paragraph that begins with "You need", by another reader of Markdown."""
    tokens = MarkdownIt().parse("".join(CELLS[name][0]["source"]))
    (paragraph,) = (t for t in tokens if t.type == "inline" and t.content.startswith("You need"))
    return paragraph


def needed_by(name):
    links = [t.attrs["href"] for t in need_of(name).children if t.type == "link_open"]
    return [href.removesuffix(".ipynb") for href in links if href.endswith(".ipynb")]


def minutes_of(name):
    sentence = " ".join(need_of(name).content.split())
    return int(re.search(r"take about (\d+) minutes, the exercises as long again\.$", sentence)[1])


def asked_in(name):
    """(question, answers, right) of each self-check, from its code; None for what the code computes."""
    for cell in CELLS[name]:
        if cell["cell_type"] != "code":
            continue
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ask":
                question, answers = node.args
                (right,) = (k.value for k in node.keywords if k.arg == "right")
                value = lambda n: n.value if isinstance(n, ast.Constant) else None  # noqa: E731
                yield value(question), [value(key) for key in answers.keys], value(right)


def plain(text):
    """Words only: no links, no spaces at the ends of lines, no quotation marks that were changed in a quotation."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return " ".join(text.split()).translate(str.maketrans("“”‘’", '""""'))


# --- every chapter, in its own words ----------------------------------------------------------------------------------


def test_every_chapter_of_the_parts_is_there_once_and_in_order():
    assert len(NAMES) >= 11 and [c.name for c in BOOK.chapters] == NAMES
    titles = ["".join(CELLS[name][0]["source"]).splitlines()[0].removeprefix("# ") for name in NAMES]
    assert re.findall(r"^#### (.*)$", CHAPTERS, flags=re.M) == titles
    assert re.findall(r"^\[([^\]]*)\]\(([\w-]+)\.ipynb\): \d", CHAPTERS, flags=re.M) == list(
        zip(titles, NAMES, strict=True)
    )


def sections():
    """The part of the page about each chapter."""
    return dict(zip(NAMES, re.split(r"^#### .*$", CHAPTERS, flags=re.M)[1:], strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_goals_guess_and_minutes_are_the_chapters(name):
    said, source = plain(sections()[name]), plain("\n\n".join("".join(c["source"]) for c in CELLS[name]))
    (chapter,) = (c for c in BOOK.chapters if c.name == name)
    assert 3 <= len(chapter.goals) <= 5
    for goal in chapter.goals:
        assert f"- {plain(goal)}" in source and plain(goal) in said
    guess = source.partition("**Guess before you go on.** ")[2]
    assert guess.startswith(plain(chapter.guess)) and f"guess.** {plain(chapter.guess)}" in said
    assert f"## {chapter.scene} " in source.partition("**Guess before")[0]
    assert (
        f": {minutes_of(name)} minutes for reading and playing, {minutes_of(name)} for the exercises." in said
    )


@pytest.mark.parametrize("name", NAMES)
def test_wrong_answers_are_those_of_the_chapters_questions(name):
    said, asked = sections()[name], list(asked_in(name))
    folded = re.search(
        r"<summary>Where students may go wrong: (\d+) questions, (\d+) wrong answers</summary>", said
    )
    assert len(asked) >= 3
    assert [int(n) for n in folded.groups()] == [len(asked), sum(len(answers) - 1 for _, answers, _ in asked)]
    listed = re.split(r"\n\n(?=[^-\n<])", said[folded.end() : said.index("</details>")].strip())
    listed = [(words, answers) for words, _, answers in (each.partition("\n\n") for each in listed)]
    assert len(listed) == len(asked)
    for (question, answers, correct), (words, lines) in zip(asked, listed, strict=True):
        assert question is None or plain(words) == plain(question)
        wrong = re.findall(r"^- “(.*?)” \S", lines, flags=re.M)
        (right,) = re.findall(r"^- ✓ (.*)$", lines, flags=re.M)
        assert len(wrong) == len(answers) - 1 and right not in wrong
        assert right == correct or correct is None
        assert {a for a in answers if a} <= {*wrong, right}


@pytest.mark.parametrize("name", NAMES)
def test_exercises_are_the_chapters(name):
    source = "\n\n".join("".join(c["source"]) for c in CELLS[name] if c["cell_type"] == "markdown")
    titles = re.findall(
        r"^\*\*(\d+)\. (.*?)\.?\*\*", source.partition("\n## Exercises")[2] or source, flags=re.M
    )
    line = re.search(r"^\*\*Exercises\.\*\* (.*)\.$", sections()[name], flags=re.M)[1]
    assert len(titles) >= 5 and line == ", ".join(f"{number} (*{title}*)" for number, title in titles)


# --- what needs what --------------------------------------------------------------------------------------------------

#: Where a part is enough, as a person reads the sentences.
PARTLY = {
    ("gentle-start", "expected-surprise"),
    ("beating-the-house", "gaming-the-lottery"),
    ("bregman-divergence", "quantized-models"),
}
NEEDS = {(needed, name) for name in NAMES for needed in needed_by(name)}
SVG = ET.fromstring(needs.svg(BOOK.chapters))


def test_the_picture_has_a_line_for_each_need_and_no_other():
    drawn = [(p.get("data-from"), p.get("data-to"), p.get("class")) for p in SVG.findall("path")]
    assert len(drawn) == len(NEEDS) >= 14
    assert set(drawn) == {(a, b, "kl-part" if (a, b) in PARTLY else "kl-all") for a, b in NEEDS}


def test_each_line_leads_from_the_chapter_to_the_one_that_needs_it():
    points = {t.text: (float(c.get("cx")), float(c.get("cy"))) for c, t in zip(SVG.findall("circle"), SVG.findall("text"), strict=True)}  # fmt: skip # noqa: E501
    place = {c.name: points[c.title] for c in BOOK.chapters}
    assert [c.title for c in BOOK.chapters] == list(points)
    ends, lanes = Counter(), {}
    for path in SVG.findall("path"):
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", path.get("d"))]
        (x, y), (x2, y2) = place[path.get("data-from")], place[path.get("data-to")]
        assert numbers[0] == x and 0 < numbers[1] - y < 8, "it begins below the point"
        end = float(re.findall(r"V[\d.]+Q[\d.]+ ([\d.]+)", path.get("d"))[-1])
        assert 0 < x2 - numbers[-1] < 15 and abs(end - y2) < 10, "it ends left of the point"
        ends[path.get("data-to"), end] += 1
        lane = min(numbers[0::1][k] for k in range(len(numbers)) if numbers[k] < x - 15)
        first, last = lanes.get((lane, path.get("data-from")), (y, y2))
        lanes[lane, path.get("data-from")] = min(first, y), max(last, y2)
    assert set(ends.values()) == {1}, "no two lines end in one place"
    for ((lane, a), (first, last)), ((other, b), (first2, last2)) in combinations(lanes.items(), 2):
        assert lane != other or a == b or last < first2 or last2 < first, f"{a} and {b} lie on one another"


def test_the_list_says_the_same_in_words():
    lines = needs.words(BOOK.chapters).splitlines()
    assert len(lines) == len(NAMES)
    for name, line in zip(NAMES, lines, strict=True):
        first, *linked = re.findall(r"\]\(([\w-]+)\.ipynb\)", line)
        assert first == name and linked == needed_by(name)
        assert plain(line).endswith(plain(need_of(name).content.partition("Reading and playing")[0]))


def test_every_chapter_can_be_read_after_what_it_needs():
    """Not only is there no circle: the book's own order is such an order."""
    assert all(NAMES.index(needed) < NAMES.index(name) for needed, name in NEEDS)


# --- links, and minutes -----------------------------------------------------------------------------------------------


def test_each_link_leads_to_a_setting():
    text = "\n".join([CHAPTERS, *PLANS.values(), PAGE])
    links = to_other_chapters(text)
    assert len(links) >= len(BOOK.shows) >= 2 * len(NAMES)
    wrong = wrong_settings(text)
    assert not wrong, "\n".join(wrong)
    for show in BOOK.shows.values():
        assert f"[{show.explorer.title}]({show.chapter}.ipynb#{show.explorer.slug}&" in CHAPTERS
        assert not re.search(r"\d\.\d", re.sub(r"\{\w+\}", "", show.look).replace("q = 0.2", "")), (
            "a typed number"
        )


def test_every_chapter_has_something_to_show_and_begins_with_what_follows_its_guess():
    for chapter in BOOK.chapters:
        first = re.search(
            rf"^- \[[^\]]*\]\({chapter.name}\.ipynb#([\w-]+)", sections()[chapter.name], flags=re.M
        )[1]
        shown = [o["data"][MIME]["slug"] for c in CELLS[chapter.name] for o in c.get("outputs", []) if MIME in o.get("data", {})]  # fmt: skip # noqa: E501
        assert first == shown[0]


def test_the_page_shows_all_plans():
    assert re.findall(r"^```\{teaching\} (\S+)$", PAGE, flags=re.M) == [*BOOK.plans, "needs", "chapters"]
    assert list(BOOK.plans) == ["lecture", "two-weeks", "four-weeks"]


def test_the_minutes_of_the_lecture_add_up():
    steps = [
        (more, int(n))
        for more, n in re.findall(r"^- \*\*(\+ )?(\d+) min\.\*\*", PLANS["lecture"], flags=re.M)
    ]
    short, long = re.search(r":\* (\d+) minutes, or (\d+) with", PLANS["lecture"]).groups()
    assert sum(n for more, n in steps if not more) == int(short) == 50
    assert sum(n for _, n in steps) == int(long) == 90


@pytest.mark.parametrize(("name", "weeks"), [("two-weeks", 2), ("four-weeks", 4)])
def test_the_minutes_at_home_add_up(name, weeks):
    read = re.findall(r"\]\(([\w-]+)\.ipynb\) \((\d+) minutes\)", PLANS[name])
    assert len(re.findall(r"^- \*\*\d\. ", PLANS[name], flags=re.M)) == 2 * weeks
    assert len({chapter for chapter, _ in read}) == len(read) >= 2 * weeks
    assert all(minutes_of(chapter) == int(minutes) for chapter, minutes in read)
    exercised = re.findall(r"\]\(([\w-]+)\.ipynb\) \(all (\d+) take (\d+) minutes\)", PLANS[name])
    assert {chapter for chapter, _, _ in exercised} == {chapter for chapter, _ in read}
    assert all(minutes_of(chapter) == int(minutes) for chapter, _, minutes in exercised)
    said = re.search(
        r"all in all:\*\* (\d+) minutes for reading and playing, and (\d+) for all exercises", PLANS[name]
    )
    assert [int(n) for n in said.groups()] == 2 * [sum(minutes_of(chapter) for chapter, _ in read)]


# --- assignments ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((ROOT / "assignments").glob("*.ipynb")), ids=lambda path: path.stem)
def test_an_assignment_is_given_when_its_chapters_were_read(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    first = next("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    named = {c.name: c.title for c in BOOK.chapters if f"*{c.title}*" in " ".join(first.split())}
    assert named
    with_it = [name for name, section in sections().items() if f"(`assignments/{path.name}`)" in section]
    assert set(with_it) == named.keys()
    for name, plan in BOOK.plans.items():
        sessions = [[c.name for c in session.reading] for session in plan.sessions]
        when = [k for k, read in enumerate(sessions, start=1) if set(read) & named.keys()]
        read = sum(len(set(r) & named.keys()) for r in sessions)
        line = re.search(rf"\*\*Assignment\*\*, after session (\d+): .*{path.stem}\.ipynb.*", PLANS[name])
        assert bool(line) is (read > len(named) / 2), name
        if line:
            unread = [title for c, title in named.items() if not any(c in read for read in sessions)]
            assert int(line[1]) == max(when) and ("has not read" in line[0]) is bool(unread)
            assert all(f"*{title}*" in line[0].partition("has not read")[2] for title in unread)


def assignment(book, words):
    (book / "assignments").mkdir()
    cells = [nbformat.v4.new_raw_cell("# ASSIGNMENT CONFIG"), nbformat.v4.new_markdown_cell(words)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), book / "assignments" / "work.ipynb")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("*Title* and *Other*", "on *Title* and *Other*."),
        ("*Title*, *Other* and\n*A third*", "this plan has not read *A third*: leave out"),
        ("*Other*", "after session 1"),
        ("*A third* and *Other*", None),
    ],
)
def test_when_an_assignment_is_given(small, words, said):
    book = small(data=plan('{ guess = "first" }'), title="Other")
    small_chapter(book / "chapters" / "third.ipynb", NEED, title="A third")
    toc = (book / "_toc.yml").read_text()
    (book / "_toc.yml").write_text(toc.replace("      - file: chapters/about", "").replace("  - caption: Back matter\n", "  - caption: Part II\n") + "      - file: chapters/third\n")  # fmt: skip # noqa: E501
    assignment(book, f"# Work\n\nThis assignment goes with the chapters {words}. You need time.")
    made = teaching.plan_markdown(teaching.read(book).plans["p"])
    assert (said in made) if said else ("Assignment" not in made)


@pytest.mark.parametrize(
    "words", ["# Work", "Goes with the chapters *Title*.", "# W\n\nIt goes with the chapters *Nil*."]
)
def test_an_assignment_that_names_no_chapter_is_named(small, words):
    book = small(data=plan('{ guess = "first" }'))
    assignment(book, words)
    with pytest.raises(ValueError, match=r"^assignments/work\.ipynb does not begin with its title and"):
        teaching.read(book)


# --- what is not as it should be --------------------------------------------------------------------------------------

TIMES = "Reading and playing take about 40\nminutes, the exercises as long again."
NEED, NOTHING = f"You need [First](first.ipynb). {TIMES}", f"You need nothing. {TIMES}"


def small_chapter(path, need, title="Title", goals="- see;\n- say.", slug="coding-kraft", guess=True):
    opening = f"# {title}\n\n**You will be able to**\n\n{goals}\n\n{need}"
    shown = nbformat.v4.new_output("display_data", {MIME: {"slug": slug}, "text/plain": "x"})
    fold = '<details class="kl-answer"><summary>{}</summary>\n\n**{}** {}\n\n</details>\n'
    answers = [fold.format("this", "✓ Right.", "Yes."), fold.format("that", "✗ Not this one.", "No.")]
    asked = "\n".join(["**Check yourself.** Which?\n", *answers])
    answer = nbformat.v4.new_output("display_data", {"text/markdown": asked})
    cells = [
        nbformat.v4.new_markdown_cell(opening),
        nbformat.v4.new_markdown_cell("## Scene\n\n" + "**Guess before you go on.** How many?" * guess),
        nbformat.v4.new_code_cell("", outputs=[shown]),
        nbformat.v4.new_code_cell("", outputs=[answer]),
        nbformat.v4.new_markdown_cell("## Exercises"),
        nbformat.v4.new_markdown_cell("**1. One minute.** What?"),
        nbformat.v4.new_markdown_cell("This.", metadata={"tags": ["solution"]}),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


@pytest.fixture
def small(tmp_path):
    """A book of two chapters, the second of which needs the first; what is given instead is wrong."""

    def make(first=NOTHING, second=NEED, data="", **changes):
        (tmp_path / "chapters").mkdir(exist_ok=True)
        (tmp_path / "_toc.yml").write_text(
            "root: index\nparts:\n  - caption: 'Part I: x'\n    chapters:\n      - file: chapters/first\n"
            "      - file: chapters/second\n  - caption: Back matter\n    chapters:\n      - file: chapters/about\n"
        )
        small_chapter(tmp_path / "chapters" / "first.ipynb", first)
        small_chapter(tmp_path / "chapters" / "second.ipynb", second, **changes)
        (tmp_path / teaching.DATA).write_text(data, encoding="utf-8")
        return tmp_path

    return make


SHOW = '[[show]]\nkey = "k"\nchapter = "second"\nexplorer = "coding-kraft"\nsetting = { l0 = "2" }\nlook = "{kraft}"\n'


GUESS = '{ guess = "first" }'


def plan(steps, read='["first", "second"]', more=""):
    return f'[[plan]]\nname = "p"\n[[plan.session]]\ntitle = "t"\nread = {read}\nsteps = [{steps}]\n{more}\n'


def test_a_small_book_is_read(small):
    book = teaching.read(small(data=SHOW + plan('{ guess = "first" }, { show = "k" }')))
    first, second = book.chapters
    assert (first.needs, second.needs) == ((), (Need("first", False),))
    assert (second.reading, second.exercising, second.goals) == (40, 40, ("see", "say"))
    assert second.checks[0].answers == (("this", True, "Yes."), ("that", False, "No."))
    assert "l0=2" in teaching.plan_markdown(book.plans["p"])
    # What was not chosen is shown as it begins.
    assert "(first.ipynb#coding-kraft): " in teaching.chapters_markdown(book)


@pytest.mark.parametrize(
    ("sentence", "partly"),
    [
        ("You need [First](first.ipynb), and a little Python (or R).", False),
        ("You need logarithms (they are in [First](first.ipynb)), and Python.", True),
        ("You need averages, and for one section [First](first.ipynb).", True),
        ("You need averages, and of [First](first.ipynb) only the first half.", True),
        ("You need averages only, and [First](first.ipynb).", False),
    ],
)
def test_whether_a_part_is_enough(small, sentence, partly):
    _, second = teaching.read(small(second=f"{sentence} {TIMES}")).chapters
    assert second.needs == (Need("first", partly),)


def test_minutes_of_exercises_may_differ(small):
    need = (
        "You need [First](first.ipynb). Reading and playing take about 40 minutes, the exercises another 90."
    )
    _, second = teaching.read(small(second=need)).chapters
    assert (second.reading, second.exercising) == (40, 90)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"second": "Nothing."}, "chapters/second.ipynb lacks a paragraph “You need …”"),
        ({"second": "You need [First](first.ipynb)."}, "chapters/second.ipynb does not say at the end of its"),
        ({"second": NEED.replace("40", "many")}, "as in “Reading and playing take about 40 minutes, the exercises as"),
        ({"second": NEED.replace("first", "third")}, "chapters/second.ipynb needs 'third', which is no chapter"),
        ({"first": NEED.replace("first", "second")}, "no chapter of these can be read first, each needs the one"),
        ({"guess": False}, "chapters/second.ipynb lacks “Guess before you go on.”"),
        ({"goals": "None."}, "chapters/second.ipynb lacks its goals"),
        ({"data": "[[show"}, "teaching.toml is not TOML"),
        ({"data": SHOW + SHOW}, "teaching.toml, show 2 (k): there is another one with this key"),
        ({"data": SHOW.replace("look", "see")}, "show 1 (k): it lacks look; unknown is see"),
        ({"data": SHOW.replace('"second"', '"third"')}, "there is no chapter 'third'; there are first, second"),
        ({"data": SHOW.replace("kraft", "coin", 1)}, "second does not show 'coding-coin', it shows coding-kraft"),
        ({"data": SHOW.replace('"2"', '"9"')}, "l0 of coding-kraft is never '9'; it goes from '1' to '5'"),
        ({"data": SHOW.replace("{kraft}", "{craft}")}, "coding-kraft has no readout and no control for the braces"),
        ({"data": SHOW.replace('"coding-kraft"', '"first-look"'), "slug": "first-look"}, "l0"),
        ({"data": plan('{ show = "j" }')}, "plan p, session 1: there is nothing to show with the key 'j'"),
        ({"data": plan('{ guess = "third" }')}, "plan p, session 1: there is no chapter 'third'"),
        ({"data": plan('{ ask = "first", question = "Why" }')}, "0 questions of first begin with 'Why'; there"),
        ({"data": plan('{ ask = "first" }')}, "it lacks question"),
        ({"data": plan('{ tell = "first" }')}, "a step is one of guess, show, ask and board"),
        ({"data": plan('{ guess = "first", minutes = 3 }, { guess = "second" }')}, "plan p: some steps have"),
        ({"data": plan("")}, "plan p, session 1: it has no steps"),
        ({"data": plan('{ guess = "first" }', read='["second"]')}, "second needs first, which the plan has not had"),
        ({"data": plan(GUESS, "[]", 'exercises = { first = ["1"] }')}, "exercises of first, which the plan has"),
        ({"data": plan(GUESS, more='exercises = { first = ["2. By hand"] }')}, "0 exercises begin with '2. By hand'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(small, changes, said):
    with pytest.raises(ValueError, match=re.escape(said)) as error:
        teaching.read(small(**changes))
    assert "\n" not in str(error.value)


def test_what_follows_the_guess_is_shown_first(small):
    data = SHOW.replace("coding-kraft", "first-look").replace("l0", "wrong").replace('"2"', '"1.000"')
    book = small(data=data.replace("{kraft}", "{extra}"))
    notebook = nbformat.read(book / "chapters" / "second.ipynb", as_version=4)
    notebook.cells[3].outputs += [nbformat.v4.new_output("display_data", {MIME: {"slug": "first-look"}})]
    nbformat.write(notebook, book / "chapters" / "second.ipynb")
    with pytest.raises(ValueError, match=r"what follows the chapter's guess is coding-kraft"):
        teaching.read(book)


def test_a_chapter_that_does_not_say_what_it_needs_stops_the_build(small):
    book = small(second="Nothing.")
    (book / "index.md").write_text("# Page\n\n```{teaching} needs\n```\n")
    (book / "conf.py").write_text(
        "extensions = ['myst_nb', 'klbook.site']\nhtml_theme = 'sphinx_book_theme'\nproject = 'small'\n"
        "html_math_renderer = 'katex'\nklbook_draw_all = False\nexclude_patterns = ['chapters']\n"
    )
    command = [sys.executable, "-m", "sphinx", "-W", "-n", ".", "_build/html"]
    done = subprocess.run(command, cwd=book, capture_output=True, text=True)
    assert done.returncode != 0
    assert "chapters/second.ipynb lacks a paragraph “You need …”" in done.stdout + done.stderr
    assert not (book / "_build" / "html" / "index.html").exists()


def test_the_outline_is_that_of_the_parts():
    assert [caption for caption, _ in outline(ROOT)] == [c.strip('"') for c, _ in _TOC[:_BACK] if c]
