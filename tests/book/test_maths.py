"""Formulas: what browsers leave to the author of MathML."""

import os
import re
import subprocess
import sys

import pytest

from klbook.site.maths import typeset

HEAD = '<math xmlns="http://www.w3.org/1998/Math/MathML">'


def bare(mathml):
    """A formula as a line: spaces as ␣, elements without their tags."""
    text = re.sub(r"<mspace[^>]*>", "␣", typeset(f"{HEAD}<mrow>{mathml}</mrow></math>"))
    return re.sub(r"<[^>]*>", "", text).replace("\u2061", "")


LN = "<mi>ln</mi><mo>\u2061</mo>"
LOG2 = "<msub><mrow><mi>log</mi><mo>\u2061</mo></mrow><mn>2</mn></msub>"
P = "<mi>p</mi>"


@pytest.mark.parametrize(
    ("mathml", "line"),
    [
        (f"{P}{LN}<mi>x</mi>", "p␣ln␣x"),
        (f"{LN}<mo>(</mo><mi>x</mi><mo>)</mo>", "ln(x)"),
        (f"{P}{LOG2}{P}", "p␣log2␣p"),
        (f"<mo>=</mo>{LOG2}<mfrac><mn>1</mn>{P}</mfrac>", "=log2␣1p"),
        (f"<mo>=</mo><mo>−</mo>{LOG2}{P}", "=−log2␣p"),
        (f"<mo>(</mo>{P}<mo>)</mo>{LN}<mi>x</mi>", "(p)␣ln␣x"),
        ("<mi>a</mi><mo>+</mo><mi>b</mi>", "a+b"),
        ('<mi mathvariant="double-struck">E</mi>', "𝔼"),
        ('<mi mathvariant="double-struck">R</mi>', "ℝ"),
    ],
)
def test_spaces_and_letters(mathml, line):
    assert bare(mathml) == line


def test_a_minus_that_is_a_sign_is_told_from_a_difference():
    def forms(mathml):
        return re.findall(r'<mo( form="prefix")?>−', typeset(f"{HEAD}<mrow>{mathml}</mrow></math>"))

    assert forms("<mo>−</mo><mi>a</mi>") == [' form="prefix"']
    assert forms("<mo>=</mo><mo>−</mo><mi>a</mi>") == [' form="prefix"']
    assert forms("<mi>a</mi><mo>−</mo><mi>b</mi>") == [""]
    assert forms("<mo>)</mo><mo>−</mo><mi>b</mi>") == [""]


def test_a_server_that_does_not_listen_yet_is_waited_for(tmp_path):
    """And none is left behind: it would hold the build's output open for ever."""
    script = tmp_path / "slow.js"
    script.write_text(
        "const path = process.argv[process.argv.indexOf('--socket') + 1], fs = require('fs')\n"
        "fs.writeFileSync(path, '')  // something is there, but refuses\n"
        "setTimeout(() => { fs.unlinkSync(path); require('net').createServer().listen(path) }, 400)\n"
    )
    program = (
        "from klbook.site.maths import _prepare_katex, katex\n"
        f"_prepare_katex(); katex.SCRIPT_PATH = {str(script)!r}\n"
        "print(katex.KaTeXServer.start().process.poll())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0 and done.stdout.strip() == "None", done.stderr


def test_the_folder_for_temporary_files_may_have_a_long_name(tmp_path):
    """The address of a socket may not: the system keeps about a hundred bytes for it."""
    folder = tmp_path / ("long-" * 30)
    folder.mkdir()
    program = (
        "from klbook.site.maths import _prepare_katex, katex\n"
        "_prepare_katex(); print(katex.KaTeXServer.start().render({'latex': 'x', 'katex_options': {}}, 60))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, timeout=100, env={**os.environ, "TMPDIR": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0 and "<math" in done.stdout, done.stderr
    assert list(folder.iterdir()) == []  # nothing is left behind
