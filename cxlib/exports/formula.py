"""Formulas for a reader that draws no MathML: the same signs in one line, with subscripts, superscripts and brackets."""

from __future__ import annotations

from html import escape

from bs4 import Tag

_APART = frozenset("=−+×·≥≤±∪∩<>∣≈≠∌∈→∼-")  # signs with a blank on either side
_OVERLINE, _BRACE = frozenset("¯―‾_"), "⏟"
_ACCENTS = {"^": "\u0302", "ˆ": "\u0302", "~": "\u0303", "˜": "\u0303"}
_LONG_SPACE = 1.0  # em: from here on a space parts two formulas


def formula(node: Tag) -> str:
    """A MathML element as HTML of one line."""
    kids, name = [kid for kid in node.children if isinstance(kid, Tag)], node.name
    if name in ("mi", "mn", "mo", "mtext", "mspace"):
        return _leaf(node)
    if name in ("msub", "munder") and len(kids) == 2:
        return _base(kids[0]) if kids[1].get_text() == _BRACE else f"{_base(kids[0])}<sub>{formula(kids[1])}</sub>"
    if name == "msup" and len(kids) == 2:
        return f"{_base(kids[0])}<sup>{formula(kids[1])}</sup>"
    if name in ("msubsup", "munderover") and len(kids) == 3:
        return f"{_base(kids[0])}<sub>{formula(kids[1])}</sub><sup>{formula(kids[2])}</sup>"
    if name == "mover" and len(kids) == 2:
        return _over(*kids)
    if name == "mfrac" and len(kids) == 2:
        return f"{_grouped(kids[0])} ∕ {_grouped(kids[1])}"
    inner = "".join(_signed(kid, first=place == 0) for place, kid in enumerate(kids))
    return {"msqrt": f"√({inner})", "mtr": f"{inner}; ", "mtd": f"{inner} "}.get(name, inner)


def _leaf(node: Tag) -> str:
    """A letter, number, sign, word or space."""
    text = node.get_text()
    if node.name == "mspace":
        width = str(node.get("width", "")).removesuffix("em")
        return "   " if width.replace(".", "", 1).isdigit() and float(width) >= _LONG_SPACE else " "
    if node.name == "mi" and len(text) == 1 and node.get("mathvariant") != "normal":
        return f"<i>{escape(text)}</i>"
    function = node.name in ("mi", "mo") and len(text) > 1 and text.isalpha()
    return f"{escape(text)}\u2009" if function else escape(text)


def _signed(node: Tag, *, first: bool) -> str:
    """One of a row: a sign between two things stands apart, one before the first does not."""
    text = node.get_text()
    if node.name == "mo" and text in _APART and not first:
        return f" {escape(text)} "
    return ", " if node.name == "mo" and text == "," else formula(node)


def _base(node: Tag) -> str:
    """What carries an index: a row of several in brackets of its own, unless it is a word."""
    return _grouped(node) if node.name in ("mrow", "mfrac") else formula(node).rstrip("\u2009")


def _over(base: Tag, above: Tag) -> str:
    """A mean, an estimate, or words above."""
    sign = above.get_text()
    if sign in _OVERLINE:
        return f'<span class="over">{formula(base)}</span>'
    if sign in _ACCENTS:
        return f"<i>{escape(base.get_text())}{_ACCENTS[sign]}</i>"
    return f"{formula(base)}<sup>{formula(above)}</sup>"


def _grouped(node: Tag) -> str:
    """In brackets when it holds a sign, and no brackets of its own around all of it."""
    inner = formula(node)
    return f"({inner})" if node.find("mo") is not None and not _bracketed(inner) else inner


def _bracketed(words: str) -> bool:
    """Whether one pair of brackets holds all of it."""
    depth = 0
    for place, letter in enumerate(words):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            return place > 0 and place == len(words) - 1
    return False
