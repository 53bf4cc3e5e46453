"""How tables arrive: files as clients send them, read under the contracts; every repair is counted."""

from cxlib.sources.load import Loaded, load_table, load_tables

__all__ = ["Loaded", "load_table", "load_tables"]
