"""Pages on paper: light whatever the screen shows, nothing folded, and with the address they come from.

The dark theme is made of rules for ``html[data-theme="dark"]``, in the style sheets of the themes and of the
highlighting of code. Printed, they give pale text on white paper. So in every style sheet of the site the rules of the
dark theme are kept for screens, and on paper those of the light theme hold for both: no list of colours that
the next version of a theme would outdate.
"""

import re
from pathlib import Path

from sphinx.builders.html._assets import _JavaScript

__all__ = ["light_on_paper", "setup"]

_MARK = "/* On paper the light theme holds. */\n"
#: A comment, or a rule without rules in it.
_PIECE = re.compile(r"/\*.*?\*/|([^{};/]+(?:/(?!\*)[^{};/]*)*)\{([^{}]*)\}", re.DOTALL)
_DARK = re.compile(r"""\[data-theme=["']?dark["']?\]""")
_LIGHT = re.compile(r"""\[data-theme=["']?light["']?\]""")

#: Browsers that know ``::details-content`` unfold what is printed by the style sheet, without a script; this is for
#: older ones. The code of the pictures stays folded. Written without declarations: see klbook.site.scripts.
_SCRIPT = """
addEventListener('beforeprint', () => {
  document.querySelectorAll('details:not([open], .kl-code)').forEach((fold) => {
    fold.open = true
    fold.dataset.unfolded = ''
  })
})
addEventListener('afterprint', () => {
  document.querySelectorAll('details[data-unfolded]').forEach((fold) => {
    fold.open = false
    delete fold.dataset.unfolded
  })
})
document.querySelectorAll('.kl-address').forEach((place) => {
  place.textContent = 'Printed from ' + location.href.split('#')[0]
})
"""


def light_on_paper(css: str) -> str:
    """A style sheet whose dark rules are for screens, and whose light rules hold on paper in the dark theme, too.

    Examples
    --------
    >>> print(light_on_paper("html[data-theme=dark] p{color:white}"))
    /* On paper the light theme holds. */
    @media not print{html[data-theme=dark] p{color:white}}
    >>> print(light_on_paper("html[data-theme=light] p{color:black}"))
    /* On paper the light theme holds. */
    html[data-theme=light] p{color:black}@media print{html[data-theme=dark] p{color:black}}
    """
    if _MARK in css or not (_DARK.search(css) or _LIGHT.search(css)):
        return css
    changed = _PIECE.sub(_both, css)
    # The character set must stay the first thing in the file.
    charset, rest = re.fullmatch(r"(@charset[^;]*;\s*)?(.*)", changed, re.DOTALL).groups(default="")
    return charset + _MARK + rest


def _both(match):
    whole, selectors, body = match[0], match[1], match[2]
    if selectors is None:
        return whole
    dark, light = bool(_DARK.search(selectors)), bool(_LIGHT.search(selectors))
    if dark and not light:
        return f"@media not print{{{whole}}}"
    if light and not dark:
        return f"{whole}@media print{{{_LIGHT.sub('[data-theme=dark]', selectors)}{{{body}}}}}"
    return whole  # for both themes


def _change_style_sheets(app, exception):
    if exception or app.builder.format != "html":
        return
    for file in sorted((Path(app.outdir) / "_static").rglob("*.css")):
        before = file.read_text(encoding="utf-8")
        after = light_on_paper(before)
        if after != before:
            file.write_text(after, encoding="utf-8")


def _script(app, pagename, templatename, context, doctree):
    context["script_files"].append(_JavaScript(None, priority=900, body=_SCRIPT))


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", _script)  # before klbook.site.scripts says when each script runs
    app.connect("build-finished", _change_style_sheets, priority=900)  # after the theme has written its own
