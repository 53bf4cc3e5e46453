"""How tables arrive: files as clients send them, read under the contracts; every repair is counted."""

from cxlib.engagement.sources.check import CheckReport, check_engagement
from cxlib.engagement.sources.load import load_table, load_tables
from cxlib.engagement.sources.once import Loaded

__all__ = ["CheckReport", "Loaded", "check_engagement", "load_table", "load_tables"]
