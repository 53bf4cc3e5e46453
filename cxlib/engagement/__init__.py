"""The client's folder: brief, journey, tables, sources, ledger, records, decisions."""
