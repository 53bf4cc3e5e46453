"""One question of a page, with all that answers it."""

from __future__ import annotations

from dataclasses import dataclass

from cxlib.report.blocks import Block


@dataclass(frozen=True)
class Section:
    """One question of a stage: its pictures with their notes, its answer, its tables, and how it was computed."""

    title: str
    anchor: str
    pictures: tuple[Block, ...] = ()
    answer: tuple[Block, ...] = ()
    tables: tuple[Block, ...] = ()
    method: tuple[Block, ...] = ()
    decides: bool = False

    @property
    def figures(self) -> tuple[Block, ...]:
        """The pictures without the notes on how to read them."""
        return tuple(block for block in self.pictures if block.tag == "figure")
