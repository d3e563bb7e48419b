"""The notebooks as files: executed in order, clean, readable without Sphinx, and with links that lead somewhere."""

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest
from links import wrong_settings

from klbook.explorers.live import MIME
from klbook.figures import all_figures
from klbook.site.solutions import SOLUTION, faults
from klbook.site.solutions import exercises as solved

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
FIGURES = all_figures()

#: (chapter, cell) -> why nbval does not compare its output. Empty: everything is compared.
IGNORED = {}


@pytest.fixture(params=CHAPTERS, ids=lambda path: path.stem)
def chapter(request):
    return request.param


@pytest.fixture
def notebook(chapter):
    return nbformat.read(chapter, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def words(notebook):
    """All Markdown of a chapter, its own and that of its outputs."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    for cell in code(notebook):
        texts += [o["data"]["text/markdown"] for o in cell.outputs if "text/markdown" in o.get("data", {})]
    return "\n\n".join(texts)


def test_there_are_chapters():
    assert CHAPTERS


def test_every_code_cell_was_executed_in_order(notebook):
    """nbval compares only cells that carry a count: a stripped notebook would pass without being checked."""
    assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))


def test_no_output_is_ignored_without_a_reason(chapter, notebook):
    for k, cell in enumerate(code(notebook)):
        tags = set(cell.metadata.get("tags", []))
        if (
            tags & {"nbval-ignore-output", "nbval-skip", "raises-exception", "skip-execution"}
            or "NBVAL" in cell.source
        ):
            assert (chapter.stem, k) in IGNORED
    assert all(reason for reason in IGNORED.values())


def test_the_file_is_clean(chapter, notebook):
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    assert chapter.stat().st_size < 400_000
    text = chapter.read_text(encoding="utf-8")
    assert "widget-view" not in text and "widget-state" not in text and "Traceback" not in text
    assert not [o for cell in code(notebook) for o in cell.outputs if o.get("name") == "stderr"]


def test_explorers_are_pictures_with_a_line_of_text(notebook):
    for cell in code(notebook):
        for output in cell.outputs:
            data = output.get("data", {})
            if MIME in data:
                slug = data[MIME]["slug"]
                assert set(data) == {"text/plain", "image/png", MIME}
                assert data["text/plain"] == repr(FIGURES[slug]), "run the notebook again: make notebooks"
                assert len(json.dumps(data)) < 60_000


def test_visible_cells_are_short(notebook):
    visible = [
        c for c in code(notebook) if not {"remove-input", "hide-cell"} & set(c.metadata.get("tags", []))
    ]
    long = [c.source for c in visible if len([line for line in c.source.splitlines() if line.strip()]) > 6]
    assert not long, "\n\n".join(["more than six lines, and neither remove-input nor hide-cell:", *long])


def test_what_is_folded_on_the_site_is_folded_in_jupyterlab(notebook):
    wrong = []
    for cell in code(notebook):
        tags = set(cell.metadata.get("tags", []))
        asked = (bool({"remove-input", "hide-cell"} & tags), "hide-cell" in tags)
        folded = cell.metadata.get("jupyter", {})
        if asked != (folded.get("source_hidden", False), folded.get("outputs_hidden", False)):
            wrong.append(f"tags {sorted(tags)}, but jupyter {dict(folded)}: {cell.source.splitlines()[0]}")
    assert not wrong, "\n".join(["source_hidden and outputs_hidden must say what the tags say:", *wrong])


def test_no_markup_that_only_sphinx_understands(notebook):
    text = re.sub(r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`", "", words(notebook), flags=re.S)
    assert not re.findall(r"^\s*(?:```|:::)\{|\{[a-z:]+\}`|^\([\w-]+\)=|\{\{", text, flags=re.M)
    assert not re.findall(r"\{[\w.:%,]+\}", text), "an unfilled number"


HEADINGS = ("Measure it", "What happens at zero", "Where this story stops being true", "Exercises", "Take away",
            "Read on")  # fmt: skip


def lacks(notebook):
    """All that a notebook has not and a chapter has, in sentences."""
    text, said = words(notebook), []
    sections = dict(re.findall(r"^## (.*)\n((?:(?!^## ).*\n?)*)", text, flags=re.M))
    goals, guess = text.find("You will be able to"), text.find("Guess before you go on")
    if not 0 <= goals < guess:
        said.append("“You will be able to”, and after it “Guess before you go on”")
    count = len(re.findall(r"^- \w", text.partition("\n## ")[0], flags=re.M))
    if not 3 <= count <= 5:
        said.append(f"three to five goals, each a line “- …” before the first heading: there are {count}")
    said += [f"the heading “## {heading}”" for heading in HEADINGS if heading not in sections]
    if (count := text.count("**Check yourself.**")) < 3:
        said.append(f"three self-checks (klbook.prose.ask): there are {count}")
    exercises = re.findall(r"^\*\*(\d+)\. ", sections.get("Exercises", ""), flags=re.M)
    if len(exercises) < 5:
        said.append(
            f"five exercises, each beginning with its number, as “**1. …**”: there are {len(exercises)}"
        )
    if exercises != [str(k + 1) for k in range(len(exercises))]:
        said.append(f"exercises that are numbered 1, 2, 3, …: they are {', '.join(exercises)}")
    wrong = faults(notebook)
    said += wrong
    for exercise in [] if wrong else solved(notebook):
        tags = [cell.metadata.tags for cell in exercise.solution if cell.cell_type == "code"]
        if not any("hide-cell" in each for each in tags):
            said.append(
                f"a cell tagged hide-cell in the solution of exercise {exercise.number}, that computes it"
            )
        if all("hide-cell" in each for each in tags) and len(tags) == len(exercise.solution):
            said.append(f"a solution of exercise {exercise.number} in words")
    said += [
        f"an output, so that it can be checked: {cell.source}"
        for cell in code(notebook)
        if SOLUTION in cell.metadata.get("tags", []) and not cell.outputs
    ]
    if (count := len(re.findall(r"^- ", sections.get("Take away", ""), flags=re.M))) != 3:
        said.append(f"three lines “- …” to take away: there are {count}")
    if not re.search(r"\]\(glossary\.md#", text):
        said.append("a link to the glossary, as [surprisal](glossary.md#surprisal)")
    if not re.search(r"\]\(bibliography\.md#", text):
        said.append("a link to a source, as [Shannon](bibliography.md#shannon1948)")
    if not any(MIME in o.get("data", {}) for cell in code(notebook) for o in cell.outputs):
        said.append("an explorer that was run: show(figures.…)")
    return said


def test_it_has_the_parts_of_a_chapter(chapter, notebook):
    said = lacks(notebook)
    assert not said, "\n- ".join([f"{chapter.name} lacks", *said])


def notebook_of(cells):
    return nbformat.v4.new_notebook(cells=cells)


def test_all_that_a_chapter_lacks_is_said_at_once():
    assert len(lacks(nbformat.v4.new_notebook())) == 1 + 1 + len(HEADINGS) + 1 + 1 + 1 + 1 + 1 + 1
    cells = [
        nbformat.v4.new_markdown_cell(
            words, metadata={"tags": [SOLUTION]} if words.startswith("<details>") else {}
        )
        for words in (
            "## Exercises",
            "**1. A.** B",
            "<details>\n<summary>Solution</summary>\n\nC\n\n</details>",
            "**3. D.** E",
            "<details>\n<summary>Solution</summary>\n\nF\n\n</details>",
            "## Take away\n\n- one\n\n## Read on\n\n- two\n",
        )
    ]
    cells.insert(5, nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["hide-cell", SOLUTION]}))
    said = lacks(notebook_of(cells))
    for words in (
        "there are 2",
        "they are 1, 3",
        "hide-cell in the solution of exercise 1",
        "x = 1",
        "take away: there are 1",
    ):
        assert len([sentence for sentence in said if words in sentence]) == 1, words
    assert not [sentence for sentence in said if "## Exercises" in sentence or "## Read on" in sentence]
    assert not [sentence for sentence in said if "exercise 3" in sentence]
    del cells[4]
    said = lacks(notebook_of(cells))
    assert "a solution of exercise 3 in words" in said
    for cell in cells:
        cell.metadata.pop("tags", None)
    said = "\n".join(lacks(notebook_of(cells)))
    assert all(f"exercise {n} has no solution" in said for n in (1, 3))
    assert f"{cells[2].id}: a solution needs a cell of its own" in said


def test_an_explorer_comes_early(notebook):
    kinds = [any(MIME in o.get("data", {}) for o in cell.get("outputs", [])) for cell in notebook.cells]
    before = " ".join(c.source for c in notebook.cells[: kinds.index(True)] if c.cell_type == "markdown")
    assert len(before.split()) < 400


def test_self_checks_have_one_right_answer(notebook):
    wrong = []
    for cell in code(notebook):
        if cell.source.startswith("ask("):
            (output,) = cell.outputs
            text = output["data"]["text/markdown"]
            if text.count("✓ Right.") != 1 or text.count("✗ Not this one.") < 1:
                wrong.append(text.splitlines()[0])
    assert not wrong, "\n".join(wrong)


def test_links_to_settings_lead_to_settings(notebook):
    wrong = wrong_settings(words(notebook))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ('<a href="#coding-craft">', "no explorer 'coding-craft'"),
        ('<a href="#coding-kraft&amp;l9=1">', "no control 'l9', it has l0, l1, l2, l3"),
        ('<a href="#coding-kraft&amp;l0=6">', "l0 is never '6'"),
        ("[x](suboptimal-coding.ipynb#coding-kraft&l0=6)", "l0 is never '6'"),
        ("[x](gentle-start.ipynb#coding-kraft&l0=1)", "gentle-start does not show coding-kraft"),
        ("[x](my-coding.ipynb#coding-kraft&l0=1)", "no chapter 'my-coding'"),
    ],
)
def test_a_link_that_leads_to_no_setting_is_found(link, said):
    (wrong,) = wrong_settings(link)
    assert said in wrong


def test_glossary_and_bibliography_links_exist(notebook):
    glossary = (ROOT / "chapters" / "glossary.md").read_text(encoding="utf-8")
    body = glossary[glossary.index("```{glossary}") :]
    terms = {
        re.sub(r"[^a-z0-9]+", "-", t.lower()).strip("-")
        for t in re.findall(r"^(\S.*)\n  \S", body, flags=re.M)
    }
    keys = set(
        re.findall(r"@\w+\{(\w+),", (ROOT / "chapters" / "references.bib").read_text(encoding="utf-8"))
    )
    text = words(notebook)
    linked = set(re.findall(r"\]\(glossary\.md#([\w-]+)\)", text))
    cited = set(re.findall(r"\]\(bibliography\.md#(\w+)\)", text))
    unknown = [f"glossary.md has no term {term!r}" for term in sorted(linked - terms)]
    unknown += [f"references.bib has no entry {key!r}" for key in sorted(cited - keys)]
    assert not unknown, "\n".join(unknown)


def test_equations_that_are_referred_to_are_numbered(notebook):
    text = words(notebook)
    assert set(re.findall(r"\]\(#(eq-[\w-]+)\)", text)) <= set(
        re.findall(r'<div id="(eq-[\w-]+)"></div>', text)
    )


def test_every_figure_of_the_book_is_shown():
    shown = set()
    for path in CHAPTERS:
        for cell in code(nbformat.read(path, as_version=4)):
            shown |= {o["data"][MIME]["slug"] for o in cell.outputs if MIME in o.get("data", {})}
    shown |= set(re.findall(r"```\{explorer\} (\S+)", (ROOT / "index.md").read_text(encoding="utf-8")))
    assert shown == set(FIGURES)


ROOMS = {
    "ideas": set(),
    "logprobs": set(),
    "explorers": set(),
    "figures": {"ideas", "logprobs", "explorers"},
    "site": {"explorers", "figures"},
    "course": {"ideas", "explorers", "figures", "site"},
}


def imports(path):
    """Absolute names of what a module of the package imports."""
    package = ["klbook", *path.relative_to(ROOT / "klbook").parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_imports_point_one_way(room):
    for path in (ROOT / "klbook" / room).rglob("*.py"):
        names = set(imports(path))
        used = {n.split(".")[1] for n in names if n.startswith("klbook.") and n.split(".")[1] in ROOMS}
        assert used - {room} <= ROOMS[room], path
        if room in ("ideas", "logprobs"):
            assert not {n.split(".")[0] for n in names} & {"matplotlib", "ipywidgets", "IPython", "scipy"}, (
                path
            )


#: What an explorer is knows nothing of how it is shown.
EXPLORERS = [
    "palette", "controls", "appearance", "renderer", "drawing", "definition", "dragging", "published", "live"
]  # fmt: skip


def test_what_an_explorer_is_does_not_know_how_it_is_shown():
    """Each module of the explorers imports only those before it."""
    room = ROOT / "klbook" / "explorers"
    assert {path.stem for path in room.glob("*.py")} == {"__init__", *EXPLORERS}
    for k, name in enumerate(EXPLORERS):
        used = {n.split(".")[2] for n in imports(room / f"{name}.py") if n.startswith("klbook.explorers.")}
        assert used & set(EXPLORERS) <= set(EXPLORERS[:k]), name


def test_importing_the_package_loads_nothing_heavy():
    import subprocess
    import sys

    program = "import klbook, sys; print({'matplotlib', 'ipywidgets', 'IPython', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
