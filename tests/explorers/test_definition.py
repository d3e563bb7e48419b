"""What is wrong with an explorer is said when it is defined, when it is drawn, or at the first state that fails."""

import re
import subprocess
import sys
from fractions import Fraction
from types import ModuleType

import numpy as np
import pytest

from klbook.explorers import (
    MAX_STATES,
    Choice,
    ExplorerError,
    Readout,
    Sample,
    Slider,
    explorer,
    palette,
    power_text,
    superscript,
)
from klbook.figures import figures_of

DEFAULTS = {
    "slug": "made",
    "title": "t",
    "caption": "c",
    "alt": "a",
    "controls": [Slider("t", "t", 0, 1, 5, 0.5)],
    "readouts": [Readout("D", "D", "bits")],
}


def make(update=None, returns=lambda line, moves: moves, **options):
    """Define an explorer of one line."""

    def draw(panel):
        ax = panel.subplots()
        ax.set(xlim=(0, 1), ylim=(0, 1))
        (line,) = ax.plot([0, 1], [0, 1], color=palette.P)

        def moves(t):
            line.set_ydata([t, 1])
            return {"D": update(t) if update else t}

        return returns(line, moves)

    return explorer(**DEFAULTS | options)(draw)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"slug": "Made Of"}, "slug 'Made Of' must be small letters"),
        ({"title": " "}, "has no title"),
        ({"alt": ""}, "has no alt"),
        ({"panels": 3}, "3 panels; 1 or 2"),
        (
            {"controls": [Slider("t", "t", 0, 1, 5, 0.5), Sample("t")]},
            "uses the name 't' for two controls or readouts",
        ),
        ({"readouts": [Readout("t", "t")]}, "uses the name 't'"),
        (
            {"controls": [Slider("t", "t", 0, 1, 101, 0.5), Sample(count=100)]},
            rf"10,100 states \(t 101 × sample 100\); at most {MAX_STATES:,}",
        ),
    ],
)  # fmt: skip
def test_wrong_definitions(options, message):
    def draw(panel):
        raise AssertionError("must not be drawn")

    with pytest.raises(ValueError, match=message):
        explorer(**DEFAULTS | options)(draw)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"controls": [Slider("s", "s", 0, 1, 5, 0.5)]}, "update takes t, the controls are s"),
        ({"controls": []}, "update takes t, the controls are none"),
        ({"returns": lambda line, moves: None}, "must return its update function, not None"),
        ({"returns": lambda line, moves: line.no_such_method()}, "AttributeError: .*no_such_method"),
    ],
)
def test_figures_that_cannot_be_drawn(options, message):
    e = make(**options)
    with pytest.raises(ExplorerError, match=f"explorer 'made' cannot be drawn: .*{message}"):
        e.frame(e.initial)


def module(name, **members):
    made = ModuleType(name)
    vars(made).update(members)
    return made


def test_figures_are_found_in_their_modules_in_order_of_definition():
    a, b, c = (make(slug=slug) for slug in "abc")
    modules = [module("book.one", second=b, first=a, number=3), module("book.two", borrowed=a, third=c)]
    assert list(figures_of(modules).items()) == [("b", b), ("a", a), ("c", c)]


def test_two_explorers_with_one_slug():
    modules = [module("book.one", mine=make()), module("book.two", another=make())]
    with pytest.raises(ValueError, match=r"slug 'made': book\.one\.mine and book\.two\.another; .*unique"):
        figures_of(modules)


def test_importing_the_figures_draws_nothing_and_loads_no_widgets():
    program = """if True:
        import sys
        from klbook.explorers import drawing
        def drawn(self, explorer):
            raise AssertionError(f"{explorer.slug} was drawn")
        drawing.Drawing.__init__ = drawn
        from klbook.figures import all_figures
        print(len(all_figures()) > 10, {"ipywidgets", "IPython", "pygments"} & set(sys.modules))
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "True set()"


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ([], r"update must return a dict of readouts, as \{'D': 0.625\}, not \[\]"),
        (None, "update must return a dict of readouts"),
        ({}, r"returned the readouts \[\], declared are \['D'\]"),
        ({"D": 1, "E": 2}, "returned the readouts"),
    ],
)
def test_wrong_returns(returned, message):
    e = make(returns=lambda line, moves: lambda t: returned)
    with pytest.raises(ExplorerError, match=f"explorer 'made' fails at t = 0.50: .*{message}"):
        e.frame(e.initial)


@pytest.mark.parametrize(
    ("update", "message"),
    [
        (lambda t: 1 / (t - 1), "explorer 'made' fails at t = 1.00: ZeroDivisionError"),
        (lambda t: np.nan if t == 0.25 else t, "explorer 'made' fails at t = 0.25: .*readout 'D' is NaN"),
        (lambda t: np.inf if t == 0 else t, "fails at t = 0.00: .*infinite.*no word on why"),
    ],
)
def test_a_state_that_fails_is_named(update, message):
    e = make(update)
    with pytest.raises(ExplorerError, match=message):
        list(e.frames(e.settings()))


def test_states_and_their_order():
    e = make(returns=lambda line, moves: lambda t, k: moves(t),
             controls=[Slider("t", "t", 0, 1, 3, 0.5), Choice("k", "k", {"a": 1, "b": 2}, 2)])  # fmt: skip
    assert e.states == 6
    assert list(e.settings())[:3] == [{"t": 0.0, "k": 1}, {"t": 0.0, "k": 2}, {"t": 0.5, "k": 1}]
    assert e.initial == {"t": 0.5, "k": 2}
    assert repr(e) == "Explorer made at t = 0.50, k = b: D 0.500 bits"


@pytest.mark.parametrize(
    ("control", "message"),
    [
        (
            lambda: Slider("p", "p", 0, 1, 11, 0.55),
            "initial value 0.55 of control 'p' is not on its grid: 0.00",
        ),
        (lambda: Slider("p", "p", 0, 1, 1, 0), "nothing to move"),
        (lambda: Slider("p", "p", 0, 1, 11, 0.5, fmt="{:.0f}"), "says '0' for several values"),
        (lambda: Slider("p", "p", 0, 1, 11, 0.5, scale="log"), "must begin above 0, not at 0"),
        (lambda: Slider("p", "p", 0, 1, 11, 0.5, scale="cubic"), "scale must be"),
        (lambda: Slider("2p", "p", 0, 1, 11, 0.5), "must be a Python identifier"),
        (lambda: Choice("c", "c", {"a": 1, "b": 2}, 3), "initial value 3 of control 'c' is not on its grid"),
        (lambda: Sample(count=5, initial=6), "initial value 6"),
    ],
)
def test_wrong_controls(control, message):
    with pytest.raises(ValueError, match=message):
        control()


def test_grids():
    assert Slider("p", "p", 0, 1, 11, 0.3).values[3] == 0.3
    assert Slider("p", "p", 0, 1, 3, 0.125, extra=[1 / 8], fmt="{:.3f}").values == (0, 0.125, 0.5, 1)
    log = Slider("p", "p", 0.01, 100, 5, 1, scale="log", fmt="{:g}").values
    assert log == pytest.approx((0.01, 0.1, 1, 10, 100))
    assert Slider("n", "n", 1, 1000, 7, 10, scale="integer", fmt="{}").values == (
        1,
        3,
        10,
        32,
        100,
        316,
        1000,
    )
    assert Slider("x", "x", -1, 1, 3, 0, unit="bits").texts == ("−1.00 bits", "0.00 bits", "1.00 bits")


INF = float("inf")


@pytest.mark.parametrize(
    ("options", "value", "text"),
    [
        ({"unit": "bits"}, 0.625, "0.625 bits"),
        ({"unit": "bits"}, -0.0004, "0.000 bits"),  # no minus before nothing
        ({"unit": "bits"}, "none: nothing came", "none: nothing came"),
        ({"fmt": "{:,.0f}"}, -12345, "−12,345"),
        # A number and its error, both in the same format.
        ({"unit": "bits"}, (0.617, 0.0449), "0.617 ± 0.045 bits"),
        ({}, (np.float64(-1.5), np.float64(0)), "−1.500 ± 0.000"),
        ({"fmt": "{:+.2f}"}, "ab", "ab"),
        ({"unit": "bits", "infinite": "never"}, (INF, float("nan")), "∞ bits: never"),
        ({"unit": "bits", "infinite": "never"}, -INF, "−∞ bits: never"),
        # Powers below, and from, a size.
        ({"power": 1e-3, "fmt": "{:.4f}"}, 1e-3, "0.0010"),
        ({"power": 1e-3, "fmt": "{:.4f}"}, 0.00099, "9.9 × 10⁻⁴"),
        ({"power": 1e-3, "fmt": "{:.4f}"}, 0.000999, "1.0 × 10⁻³"),
        ({"power": 1e-3, "fmt": "{:.4f}"}, 0, "0.0000"),
        ({"power": 1e-3, "unit": "bits"}, -2e-300, "−2.0 × 10⁻³⁰⁰ bits"),
        ({"power": 1e-3}, 1e12, "1000000000000.000"),
        ({"power": (1e-3, 1e6), "fmt": "{:,.0f}"}, 999_999, "999,999"),
        ({"power": (1e-3, 1e6), "fmt": "{:,.0f}"}, 1e6, "1.0 × 10⁶"),
        ({"power": (0, 1e6), "fmt": "{:.5f}"}, 1e-5, "0.00001"),
        # A number given by its logarithm may be too small for a float.
        ({"power": 1e-3, "log10": True, "fmt": "{:.4f}"}, -1, "0.1000"),
        ({"power": 1e-3, "log10": True}, -400.25, "5.6 × 10⁻⁴⁰¹"),
        ({"power": 1e-3, "log10": True, "fmt": "{:.1f}"}, -INF, "0.0"),
        ({"power": 1e-3, "log10": True, "infinite": "never"}, INF, "∞: never"),
        ({"power": (1e-3, 1e6), "log10": True}, 5000.5, "3.2 × 10⁵⁰⁰⁰"),
    ],
)  # fmt: skip
def test_texts_of_readouts(options, value, text):
    assert Readout("D", "D", **options).text(value) == text


@pytest.mark.parametrize(
    ("options", "value", "message"),
    [
        ({}, float("nan"), "'D' is NaN"),
        ({}, (float("nan"), 1), "'D' is NaN"),
        ({}, (1, float("nan")), "cannot have the error nan"),
        ({}, (1, -0.1), "cannot have the error -0.1"),
        ({}, (1, INF), "cannot have the error inf"),
        ({}, INF, "infinite.*no word on why"),
        ({"power": 1e-3, "log10": True}, (-5, 0.1), "cannot have the error 0.1"),
        ({"power": 1e-3, "log10": True}, INF, "infinite.*no word on why"),
        ({"log10": True}, -5, "is a logarithm: say with power="),
    ],
)  # fmt: skip
def test_values_that_are_no_readout(options, value, message):
    with pytest.raises(ValueError, match=message):
        Readout("D", "D", **options).text(value)


def test_powers_of_ten_are_near_the_number():
    """Read back as an exact fraction, each is within half of its last digit."""
    raised = {ord(mark): digit for mark, digit in zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True)}
    for number in (Fraction(1, 3**500), Fraction(2, 7), Fraction(10**9 - 1), Fraction(7**400, 3)):
        top, bottom = (part.bit_length() for part in (number.numerator, number.denominator))
        shift = 2 ** abs(top - bottom)
        near_one = float(number / shift if top > bottom else number * shift)
        log10 = np.log10(near_one) + (top - bottom) * np.log10(2)
        digits, power = re.fullmatch(r"(\d\.\d) × 10([⁻⁰¹²³⁴-⁹]+)", power_text(log10)).groups()
        exponent = int(power.translate(raised))
        assert superscript(exponent) == power
        unit = Fraction(10) ** (exponent - 1)
        assert abs(Fraction(digits) * 10 * unit - number) <= unit * Fraction(51, 100)
        assert 1 <= float(digits) < 10


@pytest.mark.parametrize(
    "value", [None, [0.6, 0.04], 1j, (), (1,), (1, 2, 3), (1, "x"), 10**400, np.zeros(2)]
)
def test_what_a_readout_cannot_show_is_said_with_its_name(value):
    with pytest.raises(
        ValueError, match=r"readout 'r' cannot show .* a number, a pair of a number and its error"
    ):
        Readout("r", "r").text(value)


def test_a_readout_takes_no_tab_because_its_parts_are_written_with_tabs():
    with pytest.raises(ValueError, match="readout 'r' has a tab"):
        Readout("r", "r").text("5\tbits")


@pytest.mark.parametrize("power", [-1, (1e-3, 0), (1e6, 1e-3), (1, 2, 3), [1, 2], "1e-3", float("nan")])
def test_powers_that_make_no_sense_are_refused_where_they_are_said(power):
    with pytest.raises(ValueError, match="power= of readout 'r'"):
        Readout("r", "r", power=power)


def test_small_values_of_a_grid_stay_what_they_are():
    values = Slider("p", "p", 1e-13, 1, 14, 1, scale="log", fmt="{:.1e}").values
    assert values == pytest.approx([10.0**k for k in range(-13, 1)], rel=1e-11)


def test_extra_values_are_of_the_grids_kind():
    with pytest.raises(ValueError, match="no integers"):
        Slider("n", "n", 1, 10, 4, 1, scale="integer", fmt="{}", extra=[2.5])
    with pytest.raises(ValueError, match="no numbers"):
        Slider("p", "p", 0, 1, 5, 0.5, extra=[float("nan")])
