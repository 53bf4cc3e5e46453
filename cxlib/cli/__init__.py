"""`cx`: the command line."""

from cxlib.cli.verbs import main

__all__ = ["main"]
