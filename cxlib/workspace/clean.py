"""What git runs on a notebook of a workspace before it takes it: the notebook comes in, and goes out without outputs."""

from __future__ import annotations

import json
import sys

from cxlib.workspace.make import as_text, without_outputs


def main() -> int:
    """Read a notebook, write it without what was computed; anything else is refused, so that nothing leaks unseen."""
    try:
        text = as_text(without_outputs(json.load(sys.stdin)))
    except (ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"cx: this is not a notebook ({error}). `cx restore . N` brings the packaged one back.\n")
        return 1
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
