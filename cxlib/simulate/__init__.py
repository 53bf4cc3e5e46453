"""A synthetic client with planted truth: for teaching, for the sample and for the tests of the methods."""

from cxlib.simulate.client import Client, make_client
from cxlib.simulate.files import save_client

__all__ = ["Client", "make_client", "save_client"]
