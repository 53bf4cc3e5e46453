"""What a page shows, before it is HTML: the frame around a stage, and its blocks in the order a reader needs them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bs4 import BeautifulSoup
from markupsafe import Markup

from cxlib.chain import STAGES, Stage
from cxlib.language import _
from cxlib.report.audiences import Audience, Piece, pieces
from cxlib.report.clean import clean_html
from cxlib.report.decision import decision_card, inherited_list
from cxlib.report.prose import prose_html
from cxlib.report.states import State, state

LONGEST_TITLE = 150  # characters that stand as a title in two or three lines
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^\sa-zà-ÿ])")
_N = re.compile(r"\bn = (?=\d)")  # "n = 312" stays on one line


@dataclass(frozen=True)
class Frame:
    """What surrounds every page of one run: whose it is, in which language, how fresh."""

    company: str = ""
    lang: str = "en"
    as_of: str = ""
    period: str = ""
    run_at: str = ""
    run_id: str = ""
    version: str = ""
    audience: str = "report"


@dataclass(frozen=True)
class Link:
    """A stage in the strip of stages."""

    number: int
    name: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class Block:
    """One block of a page: a tag (its CSS class) and clean HTML."""

    tag: str
    html: Markup


@dataclass(frozen=True)
class Opening:
    """What a stage opened on: a sentence on its state, the decisions it inherits, and where its numbers come from."""

    sentence: str = ""
    inherited: str = ""
    provenance: str = ""
    rest: str = ""


@dataclass(frozen=True)
class StageView:
    """A stage's page: its state, its parts in reading order, and the way on."""

    stage: Stage
    state: State
    opening: Opening | None = None
    headline: tuple[Block, ...] = ()
    lede: tuple[Block, ...] = ()
    blocks: tuple[Block, ...] = ()
    solutions: tuple[Block, ...] = ()
    notices: tuple[str, ...] = field(default_factory=tuple)

    @property
    def strip(self) -> tuple[Link, ...]:
        """The ten stages, this one marked."""
        return strip(self.stage.number)

    @property
    def previous(self) -> Link | None:
        """The page before this one."""
        return self.strip[self.stage.number - 2] if self.stage.number > 1 else None

    @property
    def next(self) -> Link | None:
        """The page after this one."""
        return self.strip[self.stage.number] if self.stage.number < len(STAGES) else None


def strip(current: int = 0) -> tuple[Link, ...]:
    """Return the ten stages as links; `current` is the number of the page they stand on (0: the index)."""
    return tuple(Link(s.number, s.name, f"{s.slug}.html", s.number == current) for s in STAGES)


def stage_view(notebook: Any, stage: Stage, reader: Audience, state_key: str) -> StageView:
    """Return the page of one executed notebook: what this reader may see, cleaned, in reading order."""
    seen = pieces(notebook, reader)
    title = [piece for piece in seen if piece.tag == "title" and piece.kind == "prose"]
    captions = _captions(seen, stage)
    return StageView(
        stage,
        state(state_key),
        opening=_opening(_results(seen, captions, "opening")),
        headline=tuple(Block(b.tag, _headline(b.html)) for b in _results(seen, captions, "headline")),
        lede=tuple(_block(_without_h1(piece), "") for piece in title if _without_h1(piece).text),
        blocks=_body(seen, captions),
        solutions=_merged([_block(p, captions[i]) for i, p in enumerate(seen) if p.apart]),
    )


def _body(seen: list[Piece], captions: list[str]) -> tuple[Block, ...]:
    """Everything that has no place of its own at the top or the end."""
    own = {"title", "opening", "headline"}
    kept = [
        _block(p, captions[i]) for i, p in enumerate(seen) if not p.apart and not (p.tag in own and p.kind != "code")
    ]
    return _merged(kept)


def _results(seen: list[Piece], captions: list[str], tag: str) -> tuple[Block, ...]:
    """The blocks of the pieces with this tag, code excepted."""
    return _merged([_block(p, captions[i]) for i, p in enumerate(seen) if p.tag == tag and p.kind != "code"])


def _headline(html: str) -> Markup:
    """Set the sentences after the first one smaller when the whole is too long for a title."""
    soup = BeautifulSoup(html, "html.parser")
    title = soup.find("p")
    text = title.find(string=True) if title else None
    if text is None or len(text) <= LONGEST_TITLE:
        return Markup(html)
    first, _gap, rest = _SENTENCE.sub("\n", str(text), count=1).partition("\n")
    more = soup.new_tag("small")
    more.string = rest
    text.replace_with(first, more)
    return Markup(soup)


def _opening(blocks: tuple[Block, ...]) -> Opening:
    """Take an opening apart: its band goes to the top of the page, where its numbers come from to the end."""
    soup = BeautifulSoup("".join(block.html for block in blocks), "html.parser")
    band, word, parts = soup.select_one("p.band"), soup.select_one("p.band strong"), {}
    label = word.get_text(" ", strip=True) if word else ""
    sentence = band.extract().get_text(" ", strip=True) if band else ""
    for name in ("inherited", "provenance"):
        found = soup.select_one(f"dl.{name}")
        parts[name] = Markup(found.extract()) if found else Markup()
    parts["inherited"] = Markup(inherited_list(parts["inherited"]))
    return Opening(sentence.partition(label)[2].strip() if label else sentence, **parts, rest=Markup(str(soup).strip()))


def _block(piece: Piece, caption: str) -> Block:
    """One piece as clean HTML."""
    if piece.kind in ("code", "text"):
        kind = "code" if piece.kind == "code" else "printed"
        return Block(kind, Markup('<pre tabindex="0"><code>{}</code></pre>').format(piece.text))
    html = prose_html(piece.text) if piece.kind == "prose" else piece.text
    where = _("cell {cell}").format(cell=piece.cell_id)
    return Block(piece.tag, Markup(_N.sub("n\u00a0=\u00a0", clean_html(html, where=where, caption=caption))))


def _merged(blocks: list[Block]) -> tuple[Block, ...]:
    """Neighbours of one tag as one block: a decision is one card, however many cells made it."""
    merged: list[Block] = []
    for block in blocks:
        if merged and merged[-1].tag == block.tag and block.tag in ("decision", "limits", "code"):
            merged[-1] = Block(block.tag, merged[-1].html + block.html)
        else:
            merged.append(block)
    return tuple(Block(one.tag, Markup(decision_card(one.html))) if one.tag == "decision" else one for one in merged)


def _captions(seen: list[Piece], stage: Stage) -> list[str]:
    """For each piece the heading it stands under: what a table without a caption is called."""
    captions, current = [], stage.name
    for piece in seen:
        headings = re.findall(r"^#{2,4}\s+(.+?)\s*#*$", piece.text, re.MULTILINE) if piece.kind == "prose" else []
        current = headings[-1] if headings else current
        captions.append(current)
    return captions


def _without_h1(piece: Piece) -> Piece:
    """The title cell without its heading, which the page sets itself."""
    text = re.sub(r"\A\s*#\s+.*(\n|\Z)", "", piece.text).strip()
    return Piece(piece.kind, text, piece.tag, piece.cell_id)
