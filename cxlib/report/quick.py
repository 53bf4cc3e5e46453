"""Start quicker: nbformat loads 35 grammars that only check how web addresses are spelled, which notebooks do not hold.

`rfc3987_syntax` takes 85 % of the import time of nbformat (2 s); jsonschema does without it when it is absent. Import
this module before nbformat, nbconvert or papermill.
"""

from __future__ import annotations

import sys
from typing import Any, cast

cast("dict[str, Any]", sys.modules).setdefault("rfc3987_syntax", None)
