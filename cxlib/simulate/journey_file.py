"""The journey file of the synthetic client: what a workshop would have written, in the words of people, one text a line."""

from __future__ import annotations

from typing import Any

HEAD = """\
# The journey of a family that renovates, as people of Hogar Claro told it. All of it is judgement: maps call it "assumed"
# wherever no data say the same. Made with the rest of the sample; see README.md.
"""


def journey_file() -> dict[str, Any]:
    """The content of journey.yaml, in the order in which it is written."""
    return {
        "by": "Workshop with stores, online and logistics",
        "on": "2026-05-12",
        "persona": {
            "name": "Marta",
            "about": "Renovates the family flat with two children and a job, and plans the room in the evening",
            "goals": ["a room that works on the first evening", "to know the price before falling in love"],
            "frustrations": ["a free morning for a van that comes in the afternoon", "telling the same story twice"],
            "quote": "If you say Tuesday, let it be Tuesday.",
        },
        "steps": _STEPS,
    }


_STEPS: dict[str, Any] = {
    "discovery": {
        "channel": ["web", "store"],
        "doing": ["sees a room that could be theirs"],
        "thinking": ["could ours look like that?"],
        "feeling": ["curious"],
        "emotion": 0.8,
        "pain": ["no price to be seen"],
        "kpi": ["visits to the inspiration pages"],
        "owner": ["head of online and quotes"],
        "backstage": ["photographs and prices"],
    },
    "interest": {
        "channel": ["web", "app"],
        "doing": ["saves pieces", "measures the room"],
        "thinking": ["will the sofa go through the door?"],
        "feeling": ["keen"],
        "emotion": 1.0,
        "pain": ["what was saved in the app is not there in the store"],
        "kpi": ["saved rooms"],
        "owner": ["head of online and quotes"],
        "backstage": ["one record per customer"],
    },
    "consideration": {
        "channel": ["store", "web", "phone"],
        "doing": ["draws the room with somebody", "waits for the quote"],
        "thinking": ["why does nobody call back?"],
        "feeling": ["hopeful, then tired"],
        "emotion": 0.2,
        "pain": ["the quote takes a week and is hard to read"],
        "kpi": ["hours until the quote"],
        "owner": ["head of stores"],
        "backstage": ["designers", "price lists"],
        "to_be": {"thinking": ["they have understood us"], "kpi": ["quotes answered within 24 hours"]},
    },
    "purchase": {
        "channel": ["store", "web"],
        "doing": ["signs and pays"],
        "thinking": ["was that the right one?"],
        "feeling": ["relieved"],
        "emotion": 0.9,
        "kpi": ["orders"],
        "owner": ["head of stores"],
        "backstage": ["cash desk"],
    },
    "service": {
        "channel": ["home", "phone"],
        "doing": ["takes a morning off and waits"],
        "thinking": ["where are they?"],
        "feeling": ["tense"],
        "emotion": -0.8,
        "pain": ["nobody says when the van comes"],
        "kpi": ["deliveries within the agreed time"],
        "owner": ["head of logistics"],
        "backstage": ["route planning", "carriers"],
        "to_be": {"thinking": ["they come when they said"], "kpi": ["deliveries within two hours of the slot"]},
    },
    "loyalty": {
        "channel": ["store", "app"],
        "doing": ["comes back for the next room"],
        "thinking": ["they know our flat"],
        "feeling": ["at home"],
        "emotion": 1.1,
        "kpi": ["second purchases"],
        "owner": ["head of customer experience"],
        "backstage": ["customer club"],
    },
    "recommendation": {
        "channel": ["web"],
        "doing": ["shows the room to friends"],
        "thinking": ["you should ask them"],
        "feeling": ["proud"],
        "emotion": 1.2,
        "kpi": ["reviews with a photo"],
        "owner": ["head of customer experience"],
    },
}
