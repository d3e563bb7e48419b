"""The markup of a published explorer, and that its block of frames holds every state."""

import base64
import json
import re
import zlib
from dataclasses import replace

import numpy as np
import pytest
from bs4 import BeautifulSoup
from kinds import KINDS
from thinned import thinned

from klbook.explorers import palette, published
from klbook.figures import all_figures
from klbook.ideas.weather import P, Q

FIGURES = all_figures()


def unpack(block):
    """All states from a block, as the documentation of `Frames.packed` says (and the script does)."""
    columns = []
    for changes, coded in json.loads(zlib.decompress(base64.b64decode(block))):
        texts = []
        for change in changes:
            if isinstance(change, list):
                back, start, end, between = change
                before = texts[len(texts) - back]
                change = before[:start] + between + (before[-end:] if end else "")
            texts.append(change)
        shown, column = 0, []
        for k in coded:
            column.append(texts[shown if k == 0 else k - 1])
            shown += k == 0
        columns.append(column)
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize("e", [*KINDS.values(), FIGURES["surprise-bars"]], ids=lambda e: e.slug)
def test_the_block_holds_every_state(e):
    e = replace(e)
    e.frame(e.initial)
    drawn = [(*fragments, *readouts.values()) for fragments, readouts in e.frames(e.settings())]
    assert unpack(published.Frames.of(replace(e)).packed()) == drawn


@pytest.mark.parametrize("e", FIGURES.values(), ids=FIGURES)
def test_markup_contract(e):
    # A tenth of the states is enough to see the markup.
    few = thinned(e)
    page = BeautifulSoup(published.html(few), "html.parser")
    (root,) = page.select(f'[data-explorer="{e.slug}"]')
    for control in few.controls:
        (found,) = root.select(f'.kl-controls [name="{control.name}"]')
        assert found.name == ("select" if control.kind == "select" else "input")
        assert found.find_parent("label").get_text(strip=True).startswith(control.label)
        if control.kind == "range":
            keeps_room(found.find_previous_sibling(class_="kl-room"), set(control.texts))
    assert [o["name"] for o in root.select("output")] == [r.name for r in e.readouts]
    texts = e.readouts_at(e.initial)
    assert [o.get_text() for o in root.select("output")] == list(texts.values())
    shown = [few.readouts_at(setting) for setting in few.settings()]
    for output, readout in zip(root.select("output"), e.readouts, strict=True):
        # Each says whose number it is, and waits for the one sentence that speaks.
        assert page.select_one("#" + output["aria-labelledby"]).get_text() == readout.label
        assert output["aria-live"] == "off"
        keeps_rooms(output, {texts[readout.name] for texts in shown})
    spoken, note = root.select(".kl-spoken"), root.select(".kl-said")
    assert [tag["role"] for tag in spoken + note] == ["status"] * len(spoken + note)
    assert len(spoken) == bool(e.controls) and all(tag.get_text() == "" for tag in spoken + note)
    # WebKit resets such controls after a page has come back; the script writes its state to all of them.
    assert not root.select("[autocomplete]")
    assert root.select_one(".kl-stage")["translate"] == "no"
    (svg,) = root.select("svg")
    assert svg["role"] == "img" and page.select_one("#" + svg["aria-describedby"]).get_text() == e.alt
    assert len(root.select("[data-slot]")) == len(few.frame(few.initial)[0])
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids)) and all(i.startswith(e.slug) for i in ids)
    assert page.select_one("noscript") and e.caption in root.get_text()
    assert "def " in root.select_one(".kl-code").get_text()


def keeps_room(place, texts):
    """Of the longest text that can stand there."""
    assert place["data-room"] in texts and len(place["data-room"]) == max(map(len, texts))


def keeps_rooms(output, texts):
    """Of the longest number, of the longest words, and of why a number is infinite."""
    number, words, why = (output.select_one(place) for place in (".kl-number", ".kl-words", ".kl-why"))
    unit = output.select_one(".kl-unit")
    unit = unit["data-room"] if unit else ""
    infinite = {text for text in texts if "∞" in text} if number else set()
    numbers = {text.removesuffix(unit) for text in texts - infinite if number and is_number(text, unit)}
    said = {text for text in texts - infinite if not (number and is_number(text, unit))}
    assert (number is None) == (not numbers | infinite) and (words is None) == (not said)
    if number:
        signs = {text[: text.index("∞") + 1] for text in infinite}
        room, lengths = number["data-room"], [len(text) for text in numbers | signs]
        # What stands behind it keeps the room of the decimals and errors of other numbers.
        begins = [text for text in numbers | signs if room.startswith(text)]
        assert begins and len(room) >= max(lengths)
        assert re.fullmatch(r"[\d., ±%]*", room.removeprefix(max(begins, key=len)))
    if words:
        keeps_room(words, said)
    assert {text.partition(f"∞{unit}: ")[2] for text in infinite} == ({why["data-room"]} if why else set())


def is_number(text, unit):
    return (
        text.endswith(unit)
        and not re.search("[a-z]{2}", text.removesuffix(unit))
        and text[0] in "+−0123456789"
    )


def test_a_thumbnail_has_no_id_of_its_explorer():
    e = FIGURES["surprise-bars"]
    ids = [tag["id"] for tag in BeautifulSoup(published.thumbnail(e), "html.parser").select("[id]")]
    assert ids and all(i.startswith("thumb-") for i in ids)


def luminance(colour):
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(a, b):
    low, high = sorted([luminance(a), luminance(b)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_contrast(theme):
    """WCAG 2.1: 4.5:1 for text, 3:1 for graphics. Grid lines carry nothing and are faint on purpose."""
    paper = palette.COLOURS["paper"][theme]
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    for name in ("ink", "muted", "p", "q", "d", "extra"):
        assert contrast(palette.COLOURS[name][theme], paper) >= 4.5, name


def oklab(colour, matrix):
    """Perceived colour after a simulated colour-vision deficiency (Machado et al. 2009, severity 1)."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(matrix @ linear, 0, 1)
    lms = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return lab @ np.cbrt(lms @ linear)


DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}  # fmt: skip


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("eyes", DEFICIENCIES)
def test_p_q_and_d_differ_for_all_eyes(eyes, theme):
    seen = [oklab(palette.COLOURS[n][theme], np.array(DEFICIENCIES[eyes])) for n in "pqd"]
    for i in range(3):
        # 0.02 is about a just noticeable difference.
        assert np.linalg.norm(seen[i] - seen[i - 1]) > 0.1


def test_p_q_and_d_differ_without_any_colour():
    assert len({str(style["linestyle"]) for style in palette.LINE.values()}) == 3
    assert len({style.get("hatch") for style in palette.BAR.values()}) == 3


def xlogx(p, q):
    """Σ p log2(p/q) with Python's own arithmetic, as a second source for readouts."""
    from math import inf, log2

    return sum(a * log2(a / b) if b else inf for a, b in zip(p, q, strict=True) if a)


def number(text):
    return float(text.split()[0].replace("−", "-").replace("∞", "inf"))


def test_readouts_of_surprise_bars():
    e = FIGURES["surprise-bars"]
    for setting in list(e.settings())[::7]:
        q = [(1 - setting["wrong"]) * a + setting["wrong"] * b for a, b in zip(P, Q, strict=True)]
        k, halvings = setting["outcome"], setting["halvings"]
        rare = 0 if halvings is None else q[k] / 2**halvings
        q = [rare if i == k else x * (1 - rare) / (1 - q[k]) for i, x in enumerate(q)]
        texts = e.readouts_at(setting)
        assert number(texts["D"]) == pytest.approx(xlogx(P, q), abs=6e-4)
        assert sum(q) == pytest.approx(1)
        assert texts["believed"] == f"{q[k]:.4f}"


def test_readouts_of_two_ways():
    e = FIGURES["two-ways"]
    for setting in list(e.settings())[::5]:
        p, q = [(x, 1 - x) for x in (setting["p"], setting["q"])]
        texts = e.readouts_at(setting)
        assert number(texts["forward"]) == pytest.approx(xlogx(p, q), abs=6e-5)
        assert number(texts["reverse"]) == pytest.approx(xlogx(q, p), abs=6e-5)


def test_readouts_of_the_landing_page():
    e = FIGURES["first-look"]
    for setting in e.settings():
        q = [(1 - setting["wrong"]) * a + setting["wrong"] * b for a, b in zip(P, Q, strict=True)]
        texts = e.readouts_at(setting)
        assert number(texts["extra"]) == pytest.approx(xlogx(P, q), abs=6e-4)
        assert number(texts["believer"]) - number(texts["right"]) == pytest.approx(
            number(texts["extra"]), abs=2e-3
        )


def test_readouts_of_jensens_picture():
    e = FIGURES["gibbs-jensen"]
    for setting in list(e.settings())[::11]:
        w, r = setting["often"], setting["first"]
        texts = e.readouts_at(setting)
        assert number(texts["height"]) == pytest.approx(xlogx((w, 1 - w), (w * r, 1 - w * r)), abs=6e-4)


def test_each_halving_costs_as_many_bits_as_the_outcome_is_frequent():
    e = FIGURES["surprise-never-say-never"]
    for k, p in enumerate(P):
        late = [e.readouts_at({"outcome": k, "halvings": n}) for n in (30.0, 40.0)]
        assert number(late[1]["D"]) - number(late[0]["D"]) == pytest.approx(10 * p, abs=2e-3)
        assert number(late[0]["bits"]) == pytest.approx(30 - np.log2(p), abs=0.06)
        assert late[0]["q"] == f"{p / 2**30 / 1e-10:.1f} × 10⁻¹⁰"


def test_the_year_grows_at_five_eighths_a_day():
    """Over all samples: the mean gap is within three standard errors of 5/8 (the days' spread is 1.41 bits)."""
    e = FIGURES["surprise-year"]
    gaps = [number(e.readouts_at({"days": 365, "sample": k})["rate"]) for k in range(1, 21)]
    assert len(set(gaps)) > 10  # each sample is another year
    spread = (sum(p * (np.log2(p / q) - 5 / 8) ** 2 for p, q in zip(P, Q, strict=True))) ** 0.5
    assert np.mean(gaps) == pytest.approx(5 / 8, abs=3 * spread / (20 * 365) ** 0.5)


@pytest.mark.parametrize("e", FIGURES.values(), ids=FIGURES)
def test_every_state_of_a_coarse_grid_is_a_number_or_says_infinity(e):
    for setting in thinned(e).settings():
        for text in e.readouts_at(setting).values():
            assert text.strip() and "nan" not in text and ("inf" not in text or "infinite" in text)
