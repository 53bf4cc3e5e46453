"""`python -m cxlib.simulate FOLDER --seed N`: write a synthetic client, one for each student."""

from __future__ import annotations

import argparse
import sys

from cxlib.simulate.client import make_client
from cxlib.simulate.files import save_client

SAMPLE_SEED = 2607


def main(arguments: list[str] | None = None) -> int:
    """Make the client and write it; 0 when done, 2 on wrong use (argparse)."""
    parser = argparse.ArgumentParser(prog="python -m cxlib.simulate", description=__doc__)
    parser.add_argument("folder", help="where to write the engagement")
    parser.add_argument("--seed", type=int, default=SAMPLE_SEED, help="another number, another client")
    parser.add_argument("--customers", type=int, default=4000, help="number of customers")
    parser.add_argument("--null", action="store_true", help="plant nothing: whatever is found is found wrongly")
    given = parser.parse_args(arguments)
    client = make_client(given.seed, n_customers=given.customers, planted=not given.null)
    folder = save_client(client, given.folder)
    sys.stdout.write(f"{folder}: {len(client.tables)} tables, seed {given.seed}. Next: cx check {folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
