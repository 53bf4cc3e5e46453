"""One file per question: pure functions from a table to a tidy table."""
