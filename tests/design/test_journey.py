"""The journey's rows: emotion from answers, grade from n."""

from __future__ import annotations

import pandas as pd

from cxlib.methods.journey import journey, lived

RESPONSES = pd.DataFrame(
    {"question": "csat", "touchpoint": ["van"] * 40 + ["desk"] * 3, "score": [10.0] * 40 + [0.0] * 3}
)
STEPS = pd.DataFrame({"step": ["consider", "use", "again"], "phase": ["before", "during", "after"]})
IDEAS = pd.DataFrame({"idea_id": ["slot"], "step": ["use"], "action": ["buy again"], "emotion": ["calm"],
                      "capability": ["routing"], "expects_score": [8.0]})  # fmt: skip
CONTEXT = {"moments": {"van": "use"}, "scale": (0.0, 10.0), "insights": {"van": "late"},
           "channels": {"van:home": "in", "van:app": "later"}, "capabilities": {"routing": "P05"}}  # fmt: skip


def test_a_full_score_is_plus_two_and_a_zero_is_minus_two() -> None:
    table = lived(RESPONSES, step_of={"van": "use", "desk": "consider"}, scale=(0.0, 10.0)).set_index("step")
    assert table.loc["use", "estimate"] == 2.0
    assert table.loc["consider", "estimate"] == -2.0


def test_rows_are_graded_and_the_aim_is_never_below_today() -> None:
    today = lived(RESPONSES, step_of={"van": "use", "desk": "consider"}, scale=(0.0, 10.0))
    table = journey(STEPS, today, IDEAS, context=CONTEXT)
    assert table["grade"].tolist() == ["observed", "measured", "assumed"]
    assert table.loc[1, "to_be"] == 2.0  # 8 of 10 would be less than what is lived today
    assert table.loc[1, ["channels", "pain", "owners"]].tolist() == ["home", "late", "P05"]


def test_without_answers_or_ideas_the_rows_stay_and_claim_nothing() -> None:
    table = journey(STEPS, lived(RESPONSES.iloc[:0], step_of={}, scale=(0.0, 10.0)), IDEAS.iloc[:0], context=CONTEXT)
    assert table["as_is"].isna().all()
    assert table["grade"].eq("assumed").all()
