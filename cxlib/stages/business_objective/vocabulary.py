"""What stage 1 knows by name: objectives, drivers of the tree, metrics (vocabulary.yaml)."""

from __future__ import annotations

from pathlib import Path

import yaml

VOCABULARY: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(
    (Path(__file__).parent / "vocabulary.yaml").read_text(encoding="utf-8")
)
OBJECTIVES = tuple(VOCABULARY["objectives"])
COSTS = ("commercial_cost", "operating_cost")
PARENTS = {driver: about["parent"] for driver, about in VOCABULARY["drivers"].items()}
UNITS = {driver: about["unit"] for driver, about in VOCABULARY["drivers"].items()}
METRICS = {metric: about["moves"] for metric, about in VOCABULARY["metrics"].items()}
"""Metrics a client may propose and the node of the tree they move; blank: no path, whatever they are worth elsewhere."""
