"""How tables arrive: files as clients send them, read under the contracts; every repair is counted."""

from cxlib.sources.check import CheckReport, check_engagement
from cxlib.sources.load import load_table, load_tables
from cxlib.sources.once import Loaded

__all__ = ["CheckReport", "Loaded", "check_engagement", "load_table", "load_tables"]
