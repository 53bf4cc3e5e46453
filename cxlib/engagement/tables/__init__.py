"""What a table holds (contracts) and what was found when one was read (reports)."""

from cxlib.engagement.tables.contracts import CONTRACTS, Column, Contract, empty_table

__all__ = ["CONTRACTS", "Column", "Contract", "empty_table"]
