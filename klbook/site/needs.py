"""What needs what: the chapters in the order of the book, and a line from each to those that need it.

Drawn from the chapters' own sentences, as SVG in the colour of the page's text. Chapters stand below one another, so
that there is room for their titles on a phone; the lines run beside them, each chapter's in a lane of its own.
"""

from graphlib import CycleError, TopologicalSorter
from html import escape

from .outline import Chapter

__all__ = ["check", "svg", "words"]

_ROW, _LANE, _DOT = 34, 15, 4


def check(chapters: list[Chapter]) -> None:
    """Raise a ValueError, one sentence, if chapters need one another in a circle."""
    try:
        TopologicalSorter({c.name: [n.chapter for n in c.needs] for c in chapters}).prepare()
    except CycleError as error:
        raise ValueError(
            f"no chapter of these can be read first, each needs the one before: {', '.join(error.args[1])}"
        ) from None


def _lanes(rows, needs):
    """For each chapter that others need its lane, 0 being the nearest: none overlap, and long ones go around."""
    last = {}
    for origin, needed_by, _ in needs:
        last[origin] = max(last.get(origin, 0), rows[needed_by])
    taken, lanes = [], {}
    for origin in sorted(last, key=lambda name: (last[name] - rows[name], rows[name])):
        first, end = rows[origin], last[origin]
        lane = 0
        while lane < len(taken) and any(a <= end and first <= b for a, b in taken[lane]):
            lane += 1
        taken[lane:] = taken[lane:] or [[]]
        taken[lane].append((first, end))
        lanes[origin] = lane
    return lanes


def svg(chapters: list[Chapter]) -> str:
    """The picture. Each line names the chapters that it joins, from the needed one to the one that needs it."""
    rows = {c.name: k for k, c in enumerate(chapters)}
    needs = [(n.chapter, c.name, n.partly) for c in chapters for n in c.needs]
    lanes = _lanes(rows, needs)
    dot = _LANE * (max(lanes.values(), default=0) + 1) + 20
    width, height = dot + 240, _ROW * len(chapters)

    def y(name):
        return _ROW * rows[name] + _ROW // 2

    lines, heads = [], []
    for c in chapters:
        for k, need in enumerate(c.needs):
            # Several lines that end at one chapter do so below one another.
            end = y(c.name) + 6 * k - 3 * (len(c.needs) - 1)
            # A line leaves below the point, so that none seems to come from the lines that end there.
            start = y(need.chapter) + 11
            lane = dot - 20 - _LANE * lanes[need.chapter]
            path = (
                f"M{dot} {y(need.chapter) + _DOT}V{start - 3}Q{dot} {start} {dot - 3} {start}"
                f"H{lane + 5}Q{lane} {start} {lane} {start + 5}V{end - 5}Q{lane} {end} {lane + 5} {end}H{dot - 10}"
            )
            kind = "kl-part" if need.partly else "kl-all"
            lines.append(f'<path class="{kind}" data-from="{need.chapter}" data-to="{c.name}" d="{path}"/>')
            heads.append(f'<path d="M{dot - 5} {end}l-7 -3.5v7z"/>')
    points = "".join(
        f'<circle cx="{dot}" cy="{y(c.name)}" r="{_DOT}"/>'
        f'<text x="{dot + 12}" y="{y(c.name) + 5}">{escape(c.title)}</text>'
        for c in chapters
    )
    return (
        f'<svg class="kl-needs" role="img" viewBox="0 0 {width} {height}" aria-label="'
        "The chapters below one another, with a line from each to those that need it. The list that follows says the "
        f'same in words.">{"".join(lines)}<g>{"".join(heads)}</g>{points}</svg>'
    )


def words(chapters: list[Chapter]) -> str:
    """The same as a list in Markdown: each chapter's own sentence."""
    return "\n".join(f"- **{c.link}**: {c.need}" for c in chapters)
