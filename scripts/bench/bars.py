"""Panels of horizontal bars as SVG, for light and dark pages."""

import dataclasses
from xml.sax.saxutils import escape

WIDTH, NAMES, VALUES, MARGIN = 820, 250, 110, 24
ROW, BAR, TITLE, GAP = 24, 14, 34, 18
FONT = "font-family=\"-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif\""


@dataclasses.dataclass(frozen=True)
class Palette:
    page: str
    text: str
    quiet: str
    ours: str
    also: str
    theirs: str
    #: A peer without the same isolation.
    other: str


LIGHT = Palette("#ffffff", "#1f2328", "#59636e", "#0969da", "#54aeff", "#8c959f", "#c4cbd2")
DARK = Palette("#0d1117", "#e6edf3", "#9198a1", "#4493f8", "#2b62ab", "#7d8590", "#4b535d")


@dataclasses.dataclass(frozen=True)
class Bar:
    name: str
    value: float
    label: str
    #: Which colour of the palette.
    kind: str = "theirs"
    #: Where it begins, in a panel of what comes one after the other.
    start: float = 0.0


@dataclasses.dataclass(frozen=True)
class Panel:
    title: str
    about: str
    bars: tuple
    #: A line across the bars, with its label.
    mark: tuple = None


def draw(title, about, panels, palette):
    """One picture."""
    height = MARGIN + 46
    parts = []
    for panel in panels:
        body, taken = drawn(panel, height, palette)
        parts.append(body)
        height += taken + GAP
    height += MARGIN - GAP
    names = f"{title}. " + "; ".join(f"{panel.title}: " + ", ".join(f"{bar.name} {bar.label}" for bar in panel.bars) for panel in panels)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img" {FONT}>'
        f"<title>{escape(title)}</title><desc>{escape(names)}</desc>"
        f'<rect width="{WIDTH}" height="{height}" rx="10" fill="{palette.page}"/>'
    )
    top = word(MARGIN, MARGIN + 14, title, palette.text, 17, "600") + word(MARGIN, MARGIN + 35, about, palette.quiet, 12)
    return "\n".join([head, top, *parts, "</svg>"]) + "\n"


def drawn(panel, top, palette):
    """A panel, and how high it is."""
    left, room = MARGIN + NAMES, WIDTH - 2 * MARGIN - NAMES - VALUES
    # What is far longer than all else is broken off: the others would be no more than dots.
    most = max(bar.start + bar.value for bar in panel.bars)
    usual = max((bar.start + bar.value for bar in panel.bars if bar.kind != "theirs"), default=most)
    longest = min(most, 1.6 * usual)
    parts = [
        word(MARGIN, top + 18, panel.title, palette.text, 14, "600"),
        word(left, top + 18, panel.about, palette.quiet, 12),
    ]
    y = top + TITLE
    begin = y
    for bar in panel.bars:
        length = max(2.0, room * min(1.0, bar.value / longest))
        begins = left + room * bar.start / longest
        ours = bar.kind in ("ours", "also")
        parts.append(word(left - 10, y + 12, bar.name, palette.text, 12.5, "600" if bar.kind == "ours" else "400", "end"))
        parts.append(f'<rect x="{begins:.1f}" y="{y + 1}" width="{length:.1f}" height="{BAR}" rx="2" fill="{getattr(palette, bar.kind)}"/>')
        if bar.value > longest:
            at = left + room - 34
            cut = f"M{at} {y + BAR + 4} l8 -{BAR + 6} M{at + 6} {y + BAR + 4} l8 -{BAR + 6}"
            parts.append(f'<path d="{cut}" stroke="{palette.page}" stroke-width="3" fill="none"/>')
        parts.append(word(begins + length + 8, y + 12, bar.label, palette.text if ours else palette.quiet, 12.5, "600" if bar.kind == "ours" else "400"))
        y += ROW
    if panel.mark:
        value, label = panel.mark
        x = left + room * min(1.0, value / longest)
        parts.append(f'<path d="M{x:.1f} {begin - 4} V{y - 4}" stroke="{palette.quiet}" stroke-width="1" stroke-dasharray="3 3"/>')
        parts.append(word(x, y + 8, label, palette.quiet, 11, "400", "middle"))
        y += 14
    return "\n".join(parts), y - top


def word(x, y, text, colour, size, weight="400", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}">{escape(text)}</text>'
