"""The journey file: what people know of each step of the journey that no table shows. Optional, beside `engagement.yaml`.

Everything in it is judgement: maps show it as *assumed* until data say the same about that step. A map is a view of
this file, of the facts and of the decisions; nothing is drawn twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from cxlib.engagement.brief.load import mistakes_of, refuse, text_of
from cxlib.engagement.brief.model import Brief
from cxlib.engagement.brief.part import Key, OneOrMore, Part
from cxlib.engagement.brief.yaml_text import Loc, YamlText
from cxlib.language import _, not_among

FILE = "journey.yaml"
Lane = Literal["channel", "doing", "thinking", "feeling", "pain", "moment", "kpi", "owner"]
LANES: tuple[Lane, ...] = get_args(Lane)
Phase = Literal["before", "during", "after"]
Texts = Annotated[tuple[str, ...], OneOrMore]


class Lived(Part):
    """What a step is to customers and company: texts by lane; `emotion` from −2 (dreadful) to +2 (wonderful)."""

    channel: Annotated[tuple[Key, ...], OneOrMore] = ()
    doing: Texts = ()
    thinking: Texts = ()
    feeling: Texts = ()
    emotion: Annotated[float, Field(ge=-2, le=2)] | None = None
    pain: Texts = ()
    kpi: Texts = ()
    owner: Texts = ()
    backstage: Texts = ()


class JourneyStep(Lived):
    """One step of the funnel as it is today, and what it is to become."""

    to_be: Lived = Lived()


class Persona(Part):
    """Whom the map is about, in the words of the people who know them."""

    name: str = ""
    about: str = ""
    goals: Texts = ()
    frustrations: Texts = ()
    quote: str = ""


class Journey(Part):
    """The whole file: who says so, whom it is about, which lanes to show in which order, and the steps."""

    by: str = ""
    on: str = ""
    persona: Persona = Persona()
    phases: dict[Phase, str] = Field(default_factory=dict)
    lanes: tuple[Lane, ...] = LANES
    steps: dict[Key, JourneyStep] = Field(default_factory=dict)

    def step(self, key: str) -> JourneyStep:
        """What is written of a step; an empty one when nothing is."""
        return self.steps.get(key, JourneyStep())


def load_journey(brief: Brief) -> Journey:
    """The journey file of an engagement; an empty journey when there is none. BriefError names every mistake by line."""
    file = Path(brief.folder) / FILE
    if not file.is_file():
        return Journey()
    document = YamlText(text_of(file))
    data = document.data if document.data is not None else {}
    found = mistakes_of(data, document, Journey, lambda given: list(_unknown(given, brief)))
    refuse(file, [*document.mistakes, *found])
    return Journey.model_validate(data)


def _unknown(data: Mapping[str, Any], brief: Brief) -> Iterator[tuple[Loc, str]]:
    """Steps and channels that the brief does not know, and a lane named twice."""
    steps = data.get("steps")
    for key, step in steps.items() if isinstance(steps, dict) else ():
        if str(key) not in brief.step_keys:
            told = _("steps: unknown step '{value}'{near} Accepted: {known}.")
            yield ("steps", key), not_among(told, key, brief.step_keys)
        if isinstance(step, dict):
            yield from _channels(("steps", key), step, brief)
            yield from _channels(("steps", key, "to_be"), step.get("to_be"), brief)
    lanes = data.get("lanes")
    if isinstance(lanes, list) and len(lanes) > len({str(lane) for lane in lanes}):
        yield ("lanes",), _("lanes: a lane is named twice. Each lane is one row of the map.")


def _channels(loc: Loc, lived: Any, brief: Brief) -> Iterator[tuple[Loc, str]]:
    """Channels of one step that the brief does not know."""
    given = lived.get("channel") if isinstance(lived, dict) else None
    channels = given if isinstance(given, list) else [given] if isinstance(given, str) else []
    for channel in channels if brief.channels else ():
        if str(channel) not in brief.channels:
            told = _("channel: unknown channel '{value}'{near} Accepted: {known}.")
            yield (*loc, "channel"), not_among(told, channel, brief.channels)
