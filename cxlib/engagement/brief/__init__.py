"""The brief: `engagement.yaml` as a typed model, and the journey file beside it."""

from cxlib.engagement.brief.journey import Journey, load_journey
from cxlib.engagement.brief.load import brief_file, load_brief
from cxlib.engagement.brief.model import Brief, Choice, Step, Touchpoint
from cxlib.engagement.brief.source import Join, Made, Source, Wide
from cxlib.engagement.brief.template import new_engagement

__all__ = [
    "Brief",
    "Choice",
    "Join",
    "Journey",
    "Made",
    "Source",
    "Step",
    "Touchpoint",
    "Wide",
    "brief_file",
    "load_brief",
    "load_journey",
    "new_engagement",
]
