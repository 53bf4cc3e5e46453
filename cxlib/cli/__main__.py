"""`python -m cxlib.cli` is `cx`."""

import sys

from cxlib.cli.verbs import main

sys.exit(main())
