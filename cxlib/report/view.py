"""What a page shows, before it is HTML: the frame around a stage, and its parts in the order its reader needs them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from bs4 import BeautifulSoup
from markupsafe import Markup

from cxlib.chain import STAGES
from cxlib.language import sentences
from cxlib.report.audiences import Audience, pieces
from cxlib.report.blocks import Block, block_of, captions, finding_html, quiet
from cxlib.report.decision import Stands, decision_card, inherited_list
from cxlib.report.sections import Reading, reading
from cxlib.report.since import Since
from cxlib.report.standing import Standing

CHANGED = "changed_cells"  # in a notebook's metadata and in run.json: the code cells that the engagement has changed
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
class StageView(Stands):
    """A stage's page: where it stands, its parts in reading order, and the way on."""

    standing: Standing
    since: Since = field(default_factory=Since)
    opening: Opening = field(default_factory=Opening)
    headline: tuple[Markup, ...] = ()
    lede: tuple[Block, ...] = ()
    reading: Reading = field(default_factory=Reading)  # for the client
    blocks: tuple[Block, ...] = ()  # for readers who follow the notebook
    solutions: tuple[Block, ...] = ()
    changed: int = 0  # code cells that an analyst of the engagement has changed

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
    """The ten stages as links; `current` is the number of the page they stand on (0: none of them)."""
    return tuple(Link(s.number, s.name, f"{s.slug}.html", s.number == current) for s in STAGES)


def stage_view(notebook: Any, standing: Standing, reader: Audience, since: Since) -> StageView:
    """The page of one executed notebook: what this reader may see, cleaned, in reading order."""
    seen = pieces(notebook, reader)
    called = captions(seen, standing.stage.name)
    blocks = [block_of(piece, caption) for piece, caption in zip(seen, called, strict=True)]
    pairs = list(zip(seen, blocks, strict=True))

    def under(tag: str) -> list[Block]:
        """The blocks of a tag that has its own place at the top; its code, where a reader sees it, is not among them."""
        return [block for piece, block in pairs if piece.tag == tag and piece.kind != "code"]

    titles = [piece for piece in seen if piece.tag == "title" and piece.kind == "prose"]
    ledes = [replace(piece, text=re.sub(r"\A\s*#\s+.*(\n|\Z)", "", piece.text).strip()) for piece in titles]
    headline = under("headline")
    placed = {id(block) for tag in ("title", "opening", "headline") for block in under(tag)}
    own = [block for piece, block in pairs if not piece.apart and id(block) not in placed]
    return StageView(
        standing,
        since,
        opening=_opening(under("opening")),
        headline=tuple(map(_headline, headline)),
        lede=tuple(block_of(piece, "") for piece in ledes if piece.text),  # the heading is the page's
        reading=Reading() if reader.in_order else _decided(blocks, headline, standing),
        blocks=_merged(own, standing) if reader.in_order else (),
        solutions=_merged([block for piece, block in pairs if piece.apart], standing),
        changed=len(notebook["metadata"].get(CHANGED, ())),
    )


def _headline(block: Block) -> Markup:
    """A headline; the sentences after the first one are set smaller when the whole is too long for a title."""
    told = block.told
    if told is None or len(told.sentence) <= LONGEST_TITLE:
        return finding_html(told, "headline") if told else block.html
    first, *others = sentences(told.sentence)
    title = finding_html(told._replace(sentence=first), "headline").removesuffix("</p>")
    return Markup("{} <small>{}</small></p>").format(Markup(title), quiet(" ".join(others)))


def _opening(blocks: Iterable[Block]) -> Opening:
    """Take an opening apart; its band is dropped, for the page says itself where the stage stands now."""
    soup = BeautifulSoup("".join(block.html for block in blocks), "html.parser")
    for band in soup.select("p.band"):
        band.decompose()
    lists = ("".join(str(part.extract()) for part in soup.select(f"dl.{name}")) for name in ("inherited", "provenance"))
    inherited, provenance = lists
    return Opening(Markup(inherited_list(inherited)), Markup(provenance), rest=Markup(str(soup).strip()))


def _decided(blocks: list[Block], headline: list[Block], standing: Standing) -> Reading:
    """The reading for a client, with one decision card, as the decision stands now."""
    read = reading(blocks, " ".join(block.told.sentence for block in headline if block.told))
    card = "".join(block.html for block in read.decision)
    shown = Block("decision", Markup(decision_card(card, standing, commands=False)))
    return replace(read, decision=(shown,)) if card else read


def _merged(blocks: list[Block], standing: Standing) -> tuple[Block, ...]:
    """Neighbours of one tag as one block: a decision is one card, however many cells made it."""
    merged: list[Block] = []
    for block in blocks:
        if merged and merged[-1].tag == block.tag and block.tag in ("decision", "limits", "code"):
            block = Block(block.tag, merged.pop().html + block.html)
        merged.append(block)
    return tuple(
        Block(one.tag, Markup(decision_card(one.html, standing))) if one.tag == "decision" else one for one in merged
    )
