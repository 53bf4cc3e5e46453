"""Executed notebooks in, pages for three readers out."""
