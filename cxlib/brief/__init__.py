"""The brief: `engagement.yaml` as a typed model."""

from cxlib.brief.load import brief_file, load_brief
from cxlib.brief.model import Brief, Choice, Join, Source, Step, Touchpoint, Wide

__all__ = ["Brief", "Choice", "Join", "Source", "Step", "Touchpoint", "Wide", "brief_file", "load_brief"]
