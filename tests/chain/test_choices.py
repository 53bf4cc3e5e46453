"""The chain's rules: what a choice may be, and what contradicts an earlier one."""

from __future__ import annotations

import pytest

from cxlib.chain import STAGES, Ground, affected, check_choice, contradictions, corridor, parse_choice, stage_of
from cxlib.engagement.completion import complete
from cxlib.errors import UsageError

STEPS = ("discovery", "consideration", "purchase", "service", "loyalty")
GROUND = Ground(
    steps=STEPS,
    step_of={"advert": "discovery", "quote": "consideration", "delivery": "service"},
    channels=("store", "web"),
    earlier={
        3: {"stall_step": "consideration", "objective_step": "loyalty"},
        4: {"moments": ["quote:trigger", "delivery:repair"]},
    },
    offered={},
)


def test_there_are_ten_stages_in_the_methods_order() -> None:
    assert [stage.key for stage in STAGES] == [
        "business_objective",
        "target_segment",
        "sales_funnel",
        "architecture",
        "information_search",
        "omnichannel",
        "design",
        "implementation",
        "measurement",
        "monitoring",
    ]


@pytest.mark.parametrize("bad", [0, 11, "3", None])
def test_a_stage_that_is_none_is_refused(bad: object) -> None:
    with pytest.raises(UsageError, match="A stage is a whole number from 1 to 10"):
        stage_of(bad)  # type: ignore[arg-type]


def test_words_of_a_command_line_become_a_typed_choice() -> None:
    assert parse_choice(1, ["objective=gross_margin", "target=12000", "deadline=2027-06-30"]) == {
        "objective": "gross_margin",
        "target": 12000.0,
        "deadline": "2027-06-30",
    }
    assert parse_choice(4, ["moments=quote:trigger, delivery:repair"]) == {
        "moments": ["quote:trigger", "delivery:repair"]
    }


def test_an_unknown_key_names_the_nearest() -> None:
    with pytest.raises(UsageError) as raised:
        parse_choice(3, ["stall_stp=quote"])
    assert "did you mean 'stall_step'?" in raised.value.message
    assert "Stage 3 decides stall_step, objective_step" in raised.value.message


@pytest.mark.parametrize(
    ("number", "choice", "said"),
    [
        (1, {"objective": "profit"}, "Accepted: turnover, gross_margin, commercial_cost, operating_cost"),
        (1, {"target": "much"}, "Accepted: a number"),
        (1, {"deadline": "soon"}, "YYYY-MM-DD"),
        (4, {"moments": ["delivery:love"]}, "delivery:repair"),
        (6, {"channels": ["delivery:web"]}, "moment:channel:in"),
        (9, {"verdict": "great"}, "keep measuring"),
    ],
)
def test_a_value_outside_its_list_is_refused_with_the_list(number: int, choice: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_choice(number, choice)


def test_the_corridor_leads_from_stall_to_objective() -> None:
    assert corridor("consideration", "service", STEPS) == ["consideration", "purchase", "service"]
    assert corridor("service", "consideration", STEPS) == []
    assert corridor("nowhere", "service", STEPS) == []


def test_a_moment_outside_the_corridor_contradicts_stage_3() -> None:
    (said,) = contradictions(4, {"moments": ["advert:delight"]}, GROUND)
    assert said == (
        "Moment 'advert' lies at discovery, outside the corridor "
        "consideration → purchase → service → loyalty that stage 3 decided."
    )


def test_moments_inside_the_corridor_fit() -> None:
    assert contradictions(4, {"moments": ["quote:trigger", "delivery:repair"]}, GROUND) == []


def test_an_objective_before_the_stall_is_refused() -> None:
    assert contradictions(3, {"stall_step": "service", "objective_step": "discovery"}, GROUND)


def test_a_channel_plan_must_cover_every_moment() -> None:
    (said,) = contradictions(6, {"channels": ["quote:web:in", "delivery:web:later"]}, GROUND)
    assert "No channel is in for: delivery" in said


def test_an_unknown_channel_and_a_foreign_moment_are_named() -> None:
    said = " ".join(contradictions(6, {"channels": ["quote:wbe:in", "delivery:web:in", "advert:web:in"]}, GROUND))
    assert "did you mean 'web'?" in said
    assert "'advert:web:in' is not about a moment" in said


def test_a_choice_beyond_what_was_offered_contradicts() -> None:
    ground = Ground(STEPS, {}, (), {}, {"segment": ("families", "singles")})
    (said,) = contradictions(2, {"segment": "famlies"}, ground)
    assert "did you mean 'families'?" in said


def test_a_missing_table_blocks_or_weakens_stages() -> None:
    assert affected("transactions") == {
        1: "blocks",
        2: "weakens",
        3: "weakens",
        7: "weakens",
        9: "blocks",
        10: "blocks",
    }


def test_who_chooses_nothing_is_asked_for_nothing_else_and_who_chooses_otherwise_is() -> None:
    registered = {
        "metric": "purchase_share",
        "minimum_effect": 0.01,
        "window_days": 60,
        "test": "t",
        "guardrails": ["nps"],
    }
    offered = [{"experiences": ["slot"], **registered}]
    assert complete(7, {"experiences": []}, offered) == ({"experiences": []}, ())
    assert complete(7, {"experiences": ["slot"]}, offered) == (offered[0], ())
    assert complete(7, {"experiences": ["van"]}, offered) == ({"experiences": ["van"]}, tuple(registered))
