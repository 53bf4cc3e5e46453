"""What a page shows, before it is HTML: the frame around a stage, and its parts in the order its reader needs them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bs4 import BeautifulSoup
from markupsafe import Markup

from cxlib.chain import STAGES, Stage
from cxlib.report.audiences import Audience, Piece, pieces
from cxlib.report.blocks import SENTENCE, Block, block_of, captions, quiet_evidence
from cxlib.report.decision import Part, choice_pairs, decision_card, inherited_list
from cxlib.report.sections import Reading, reading
from cxlib.report.since import Since
from cxlib.report.standing import Standing
from cxlib.report.states import State

LONGEST_TITLE = 150  # characters that stand as a title in two or three lines


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
class Opening:
    """What a stage opened on: the decisions it inherits, and where its numbers come from."""

    inherited: Markup = field(default_factory=Markup)
    provenance: Markup = field(default_factory=Markup)
    rest: Markup = field(default_factory=Markup)


@dataclass(frozen=True)
class StageView:
    """A stage's page: where it stands, its parts in reading order, and the way on."""

    standing: Standing
    since: Since = field(default_factory=Since)
    opening: Opening = field(default_factory=Opening)
    headline: tuple[Block, ...] = ()
    lede: tuple[Block, ...] = ()
    reading: Reading = field(default_factory=Reading)  # for the client
    blocks: tuple[Block, ...] = ()  # for readers who follow the notebook
    solutions: tuple[Block, ...] = ()

    @property
    def stage(self) -> Stage:
        """The stage."""
        return self.standing.stage

    @property
    def state(self) -> State:
        """Its state."""
        return self.standing.state

    @property
    def choice(self) -> list[Part]:
        """The decision in force in words, part by part."""
        return choice_pairs(self.standing)

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
    """Return the ten stages as links; `current` is the number of the page they stand on (0: none of them)."""
    return tuple(Link(s.number, s.name, f"{s.slug}.html", s.number == current) for s in STAGES)


def stage_view(notebook: Any, standing: Standing, reader: Audience, since: Since) -> StageView:
    """Return the page of one executed notebook: what this reader may see, cleaned, in reading order."""
    seen = pieces(notebook, reader)
    called = captions(seen, standing.stage.name)
    blocks = [block_of(piece, caption) for piece, caption in zip(seen, called, strict=True)]
    headline = [
        block for piece, block in zip(seen, blocks, strict=True) if piece.tag == "headline" and piece.kind != "code"
    ]
    title = [piece for piece in seen if piece.tag == "title" and piece.kind == "prose"]
    said = BeautifulSoup("".join(block.html for block in headline), "html.parser").get_text(" ")
    return StageView(
        standing,
        since,
        opening=_opening([b for p, b in zip(seen, blocks, strict=True) if p.tag == "opening" and p.kind != "code"]),
        headline=tuple(Block(block.tag, _headline(block.html)) for block in headline),
        lede=tuple(block_of(_without_h1(piece), "") for piece in title if _without_h1(piece).text),
        reading=Reading() if reader.in_order else _decided(reading(blocks, said), standing),
        blocks=_merged(_own(seen, blocks), standing) if reader.in_order else (),
        solutions=_merged([block for piece, block in zip(seen, blocks, strict=True) if piece.apart], standing),
    )


def _own(seen: list[Piece], blocks: list[Block]) -> list[Block]:
    """Everything that has no place of its own at the top or the end."""
    own = {"title", "opening", "headline"}
    return [
        block
        for piece, block in zip(seen, blocks, strict=True)
        if not piece.apart and not (piece.tag in own and piece.kind != "code")
    ]


def _headline(html: str) -> Markup:
    """Set the sentences after the first one smaller when the whole is too long for a title."""
    soup = BeautifulSoup(html, "html.parser")
    title = soup.find("p")
    text = title.find(string=True) if title else None
    if title is not None and text is not None and len(text) > LONGEST_TITLE:
        first, _gap, rest = SENTENCE.sub("\n", str(text), count=1).partition("\n")
        more = soup.new_tag("small")
        more.string = rest
        text.replace_with(f"{first} ")
        title.append(more)
    return quiet_evidence(str(soup))


def _opening(blocks: list[Block]) -> Opening:
    """Take an opening apart; its band is dropped, for the page says itself where the stage stands now."""
    soup = BeautifulSoup("".join(block.html for block in blocks), "html.parser")
    band, parts = soup.select_one("p.band"), {}
    if band:
        band.decompose()
    for name in ("inherited", "provenance"):
        found = soup.select_one(f"dl.{name}")
        parts[name] = Markup(found.extract()) if found else Markup()
    return Opening(Markup(inherited_list(parts["inherited"])), parts["provenance"], rest=Markup(str(soup).strip()))


def _decided(read: Reading, standing: Standing) -> Reading:
    """The reading with one decision card, as the decision stands now."""
    card = Markup().join(block.html for block in read.decision)
    return read.with_decision(Markup(decision_card(card, standing, commands=False))) if card else read


def _merged(blocks: list[Block], standing: Standing) -> tuple[Block, ...]:
    """Neighbours of one tag as one block: a decision is one card, however many cells made it."""
    merged: list[Block] = []
    for block in blocks:
        if merged and merged[-1].tag == block.tag and block.tag in ("decision", "limits", "code"):
            merged[-1] = Block(block.tag, merged[-1].html + block.html)
        else:
            merged.append(block)
    return tuple(
        Block(one.tag, Markup(decision_card(one.html, standing))) if one.tag == "decision" else one for one in merged
    )


def _without_h1(piece: Piece) -> Piece:
    """The title cell without its heading, which the page sets itself."""
    text = re.sub(r"\A\s*#\s+.*(\n|\Z)", "", piece.text).strip()
    return Piece(piece.kind, text, piece.tag, piece.cell_id)
