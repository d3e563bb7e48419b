"""Words with numbers in them: sentences and questions whose numbers are computed when the chapter runs.

They are shown as Markdown outputs, so they read alike on the site, in JupyterLab and on hosts that show stored
notebooks, and nbval compares them like every other output.
"""

import html
import re
from collections.abc import Mapping

from IPython.display import Markdown, display

__all__ = ["ask", "say"]


def say(text: str, **numbers) -> None:
    """Show a paragraph with numbers filled in, as by ``str.format``.

    Parameters
    ----------
    text : str
        Markdown with fields such as ``{extra:.3f}``. Braces of formulas are doubled.
    **numbers
        What the fields stand for. A minus sign is typeset as one.

    Raises
    ------
    KeyError
        If a field has no number.
    """
    filled = text.format(**{name: _Number(value) for name, value in numbers.items()})
    display(Markdown(filled))


class _Number:
    """Formats like the value itself, with a real minus sign and ∞."""

    def __init__(self, value):
        self.value = value

    def __format__(self, spec):
        if isinstance(self.value, str):
            return format(self.value, spec)
        return format(self.value, spec).replace("-", "−").replace("inf", "∞")


def folded(text: str) -> str:
    """What a reader takes a text for: without differences of spaces, of case and of how a sign is written in HTML."""
    return " ".join(html.unescape(text).split()).casefold()


#: What `ask` shows: at its beginning, and of each answer.
ASKED = "**Check yourself.**"
_ANSWER = re.compile(
    r'<details class="kl-answer"><summary>(.*?)</summary>\s*\*\*(✓ Right\.|✗ Not this one\.)\*\*(.*?)\s*</details>',
    re.DOTALL,
)


def asked(shown: str) -> tuple[str, list[tuple[str, bool, str]]]:
    """What `ask` has shown, read back: the question, and each answer, whether it is right, and what is said to it."""
    question = shown.removeprefix(ASKED).partition("<details")[0].strip()
    answers = _ANSWER.findall(shown)
    return question, [(text.strip(), verdict[0] == "✓", said.strip()) for text, verdict, said in answers]


def ask(question: str, answers: Mapping[str, str], right: str) -> None:
    """Show a question whose answers unfold to their feedback, without a script.

    Parameters
    ----------
    question : str
        Markdown.
    answers : mapping of str to str
        Each answer with what is said to who chooses it.
    right : str
        The answer that is right.

    Raises
    ------
    ValueError
        If `right` is not among the answers, or if two answers read the same.
    """
    read = {}
    for text in answers:
        if (other := read.setdefault(folded(text), text)) != text:
            raise ValueError(f"two answers read the same: {other!r} and {text!r}")
    if right not in answers:
        raise ValueError(f"the right answer {right!r} is not among {list(answers)}")
    parts = [f"{ASKED} {question}\n"]
    for answer, feedback in answers.items():
        verdict = "✓ Right." if answer == right else "✗ Not this one."
        parts.append(
            f'<details class="kl-answer"><summary>{answer}</summary>\n\n**{verdict}** {feedback}\n\n</details>\n'
        )
    display(Markdown("\n".join(parts)))
