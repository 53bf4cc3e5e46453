"""What stage 2 calls its features, measures, models and checks (vocabulary.yaml)."""

from __future__ import annotations

from pathlib import Path

import yaml

VOCABULARY: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "vocabulary.yaml").read_text(encoding="utf-8")
)
