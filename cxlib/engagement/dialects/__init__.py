"""The systems that clients export from: a file here for each, saying how its headers, footers, codes and columns are meant."""

from cxlib.engagement.dialects.known import DIALECTS, Dialect, Layout, layout_of

__all__ = ["DIALECTS", "Dialect", "Layout", "layout_of"]
