"""What stage 5 says: customers' words, what they expect and live, how others do, what can be done, what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cxlib.facts import COUNTED, Alternative, Fact, Finding, Recommendation, cannot_tell, fact_from_row, finding
from cxlib.language import _, number, percent
from cxlib.stages.information_search.shown import question_name, theme_name

TEXTS_NEEDED = 40  # distinct texts of good and of bad ratings from which tone can be learnt


def headline(
    gaps: pd.DataFrame, difference: pd.DataFrame, keepable: pd.DataFrame, touchpoints: Mapping[str, str]
) -> Finding:
    """The stage's result: the widest real gap to expectation, else what sets detractors apart, else what can be promised."""
    row = widest_gap(gaps)
    if row and row["verdict"] == "real" and row["estimate"] < 0:
        moment = touchpoints.get(row["touchpoint"], row["touchpoint"])
        return finding(_("{moment} falls short of what customers expect by {points} points of ten. Lived minus expected: "
                         "{widest_gap:full}."),
                       gap_fact(row), verdict="real", moment=moment, points=number(abs(row["estimate"]), 1))  # fmt: skip
    row = first_theme(difference)
    if row and row["verdict"] == "real" and row["estimate"] > 0:
        return finding(_("Detractors are set apart by {theme}: the share of their texts on it lies {theme_difference:full} above "
                         "that of promoters."),
                       theme_fact(row), verdict="real", theme=theme_name(row["theme"]))  # fmt: skip
    if len(gaps):
        return finding(_("No moment is shown to fall short of what customers expect."), verdict="not shown")
    if threshold_fact(keepable).known:
        return finding(_("Four in five customers live {level} of 10 or better; what they expected is not known."),
                       threshold_fact(keepable), level=number(threshold_fact(keepable).number(), 0))  # fmt: skip
    return cannot_tell(_("nobody was asked what they expected, and no texts were rated"),
                       needs=_("expectation and satisfaction asked at the moments, or rated comments"))  # fmt: skip


def voice(
    n_texts: int, coverage: Mapping[str, Any], quality: pd.DataFrame, masked: pd.DataFrame, *, population: str
) -> Finding:
    """How many texts were read, how far the codebook reaches, how well tone is told, what was masked."""
    if not n_texts:
        return cannot_tell(
            _("no customer has been quoted in their own words"), needs=_("comments with the rating given")
        )
    share = fact_from_row(
        "5.coverage", coverage, formula="texts with at least one theme / texts", inputs=("verbatims",)
    )
    count = Fact("5.n_texts", n_texts, n=n_texts, formula="texts read", inputs=("verbatims",))
    read = finding(_("{n_texts} texts of {population} were read; the codebook reaches {coverage:full} of them."),
                   count, share, population=f"“{population}”" if population else _("all customers"))  # fmt: skip
    hidden = Fact("5.n_masked", int(masked["n_items"].sum()), formula="masked e-mails, phones, cards, DNI/NIE, IBAN, numbers",
                  inputs=("verbatims",))  # fmt: skip
    read += finding(_("Items of personal data masked first: {n_masked}."), hidden)
    row = _first(quality, measure="balanced_accuracy")
    if not row:
        return read + finding(_("Tone cannot be checked: no text came with a clearly good or bad rating."))
    accuracy = fact_from_row("5.tone_accuracy", row, formula="mean recall of the two tones among decided texts",
                             inputs=("verbatims",))  # fmt: skip
    learnt = _(
        "Tone is learnt from the ratings given with them; on texts held out it is right in {tone_accuracy:full}."
    )
    by_words = _("Too few rated texts to learn tone (it takes {needed} good and bad ones each): a word list was used, "
                 "right in {tone_accuracy:full}.")  # fmt: skip
    template = learnt if row["method"] == "learnt" else by_words
    return read + finding(template, accuracy, needed=number(TEXTS_NEEDED))


def agreed(agreement: pd.DataFrame, n_texts: int) -> Finding:
    """How far the codebook reads texts as a person did, or that nobody has checked it yet."""
    row = _first(agreement, theme="all")
    if not row:
        return Finding(_("Nobody has checked the codebook yet: a hundred texts, drawn at random and coded by a person, would "
                         "show how far it can be trusted.") if n_texts else "")  # fmt: skip
    fact = fact_from_row("5.codebook_alpha", row, formula="Krippendorff's α, nominal, person against codebook over all themes",
                         inputs=("verbatims",))  # fmt: skip
    words = {"firm": _("firm enough to build on"), "tentative": _("good for tentative conclusions"),
             "weak": _("too weak to build on: edit its words first"),
             "cannot tell": _("but a hundred coded texts are needed to say so")}  # fmt: skip
    told = _("A person read the same texts: the codebook agrees with α = {codebook_alpha:full}, {standing}.")
    said = finding(told, fact, standing=words[row["standing"]])
    single = agreement[agreement["theme"] != "all"]
    if row["standing"] == "firm" or single.empty:
        return said
    lowest = single.sort_values("estimate", kind="stable").iloc[0]
    return said + finding(_("It agrees least on {theme} (α = {alpha})."), theme=theme_name(str(lowest["theme"])),
                          alpha=number(lowest["estimate"], 2))  # fmt: skip


def corrected(shares: pd.DataFrame) -> Finding:
    """Where the codebook's count of a theme is off, by the texts that a person read as well; nothing when nobody did."""
    if shares.empty:
        return Finding("")
    if shares["verdict"].eq("cannot tell").all():
        return cannot_tell(_("too few texts were read by a person to correct what the codebook counts"), n_needed=100)
    off = shares[shares["verdict"] == "real"]
    among = off if len(off) else shares
    row = among.iloc[int((among["counted_share"] - among["estimate"]).abs().to_numpy().argmax())]
    fact = fact_from_row("5.corrected_share", dict(row), formula="person's share − λ (codebook there − codebook elsewhere)",
                         inputs=("verbatims",))  # fmt: skip
    template = (_("Corrected for what the codebook misses and sees too much, {theme} is in {corrected_share:full} of the texts; "
                  "the codebook alone counts {counted}.") if len(off) else
                _("No theme's count by the codebook lies outside what a person's reading allows; furthest apart is {theme}, "
                  "{counted} counted and {corrected_share:full} corrected."))  # fmt: skip
    return finding(template, fact, theme=theme_name(str(row["theme"])), counted=percent(row["counted_share"]))


def themes_apart(difference: pd.DataFrame) -> Finding:
    """Which theme sets detractors apart from promoters, and how many differences hold."""
    if difference.empty:
        return cannot_tell(_("there are no texts of both promoters and detractors"), needs=_("rated comments of both"))
    row = first_theme(difference)
    n_real = int((difference["verdict"] == "real").sum())
    if row["verdict"] == "cannot tell":
        return cannot_tell(_("one of the two groups wrote only {n} texts").format(n=number(row["n"])), n_needed=30)
    held = Fact("5.n_themes_apart", n_real, n=int(row["n"]), formula="themes with Benjamini–Hochberg q ≤ 0.05",
                inputs=("verbatims",))  # fmt: skip
    said = finding(
        _("Detractors speak of {theme} more often than promoters: difference {theme_difference:full}. "
          "{n_themes_apart} of {total} themes differ after allowing for the number of comparisons."),
        theme_fact(row), held, theme=theme_name(row["theme"]), total=len(difference), verdict=row["verdict"],
    )  # fmt: skip
    last = difference.iloc[-1]
    if last["verdict"] == "real" and last["estimate"] < 0:
        said += finding(_("Promoters rather speak of {theme}."), theme=theme_name(last["theme"]))
    return said


def felt(empathy: pd.DataFrame, touchpoints: Mapping[str, str]) -> Finding:
    """The pain and the gain most persons write of, and what they do most."""
    pain, gain, does = (_first(empathy, cell=cell) for cell in ("pains", "gains", "does"))
    if not pain and not gain:
        return cannot_tell(_("no text carries a theme in a good or bad tone"), needs=_("comments with a rating"))
    facts = [Fact(f"5.{name}", row["n"], n=row["base"], formula="persons behind the item", inputs=("verbatims",), n_of=COUNTED)
             for name, row in (("main_pain", pain), ("main_gain", gain)) if row]  # fmt: skip
    parts = [_("Among pains, {pain} is written of by the most persons ({main_pain}).")] if pain else []
    parts += [_("Among gains it is {gain} ({main_gain}).")] if gain else []
    parts += [_("The touchpoint of the corridor most customers meet is {does}.")] if does else []
    return finding(" ".join(parts), *facts, pain=theme_name(str(pain.get("item", ""))),
                   gain=theme_name(str(gain.get("item", ""))),
                   does=touchpoints.get(str(does.get("item", "")), str(does.get("item", ""))))  # fmt: skip


def expectation(gaps: pd.DataFrame, keepable: pd.DataFrame, touchpoints: Mapping[str, str]) -> Finding:
    """The widest gap to expectation, and the level that can be promised."""
    row = widest_gap(gaps)
    if not row:
        said = cannot_tell(_("expectation and experience were not both asked at any moment"),
                           needs=_("both questions, at the same moment, of the same customers"))  # fmt: skip
        return said + _promise(keepable)
    template = {
        "real": _("At {moment} what customers live differs from what they expected by {widest_gap:full} points."),
        "not shown": _("The widest gap, at {moment}, is {widest_gap:full} points: not shown to differ from none."),
        "cannot tell": _("At {moment} the gap is {widest_gap:full} points; at this n nothing can be said."),
    }[row["verdict"]]
    moment = touchpoints.get(row["touchpoint"], row["touchpoint"])
    return finding(template, gap_fact(row), verdict=row["verdict"], moment=moment) + _promise(keepable)


def others(gaps: pd.DataFrame) -> Finding:
    """Where the client stands against named competitors."""
    known = gaps[gaps["estimate"].notna()] if len(gaps) else gaps
    if known.empty:
        return cannot_tell(_("no competitor's figure can be held against one of the client's own"),
                           needs=_("benchmarks of the same question on the same scale"))  # fmt: skip
    counts = known["standing"].value_counts()
    behind, ahead, par = (int(counts.get(word, 0)) for word in ("behind", "ahead", "on par"))
    facts = (
        Fact("5.n_behind", behind, formula="benchmarks with an interval wholly below 0", inputs=("benchmarks",)),
        Fact("5.n_ahead", ahead, formula="benchmarks with an interval wholly above 0", inputs=("benchmarks",)),
        Fact("5.n_on_par", par, formula="benchmarks within the margin by two one-sided tests", inputs=("benchmarks",)),
    )
    said = finding(_("Of {total} comparisons, {n_behind} are behind, {n_ahead} ahead and {n_on_par} on par (the difference is "
                     "shown to be too small to matter); for the others neither is shown."), *facts, total=len(known),
                   verdict="real" if behind + ahead + par else "not shown")  # fmt: skip
    if known["fixed"].any():
        said += finding(_("Where a competitor's n is not known its figure is taken as a fixed point."))
    return said


def able(capabilities: pd.DataFrame, touchpoints: Mapping[str, str]) -> Finding:
    """At how many moments everything needed stands ready."""
    if capabilities.empty or not capabilities["n_capabilities"].sum():
        return cannot_tell(
            _("no capability was named"), needs=_("an inventory of people, process, technology, data, legal")
        )
    ready = capabilities[capabilities["viable"] == "yes"]
    missing = capabilities[capabilities["viable"] == "no"]["moment"]
    fact = Fact("5.viable_moments", len(ready), formula="moments with yes in all five kinds", inputs=("capabilities",))
    said = finding(_("At {viable_moments} of {total} moments everything needed is known to stand ready; unknown counts as "
                     "not viable yet."), fact, total=len(capabilities))  # fmt: skip
    if len(missing):
        names = ", ".join(touchpoints.get(moment, moment) for moment in missing)
        said += finding(_("Something is known to be missing at: {names}."), names=names)
    return said


def known(evidence: pd.DataFrame) -> Finding:
    """How much of what the stage asks is measured, and the gaps."""
    if evidence.empty:
        return cannot_tell(_("stage 4 has named no moment"), needs=_("a decision of stage 4"))
    measured = int((evidence["level"] == "measured").sum())
    fact = Fact("5.evidence_share", measured / len(evidence), n=len(evidence), unit="share",
                formula="cells question × moment with enough evidence / all cells",
                inputs=("responses",), n_of="cells")  # fmt: skip
    gaps = evidence.assign(gap=evidence["level"] == "gap").groupby("question", sort=False)["gap"].min()
    silent = [str(question) for question in gaps.index[gaps.astype(bool)]]
    said = finding(_("{evidence_share} of what this stage asks of the moments is measured."), fact)
    if silent:
        names = " ".join(map(question_name, silent))  # each ends with its own mark
        said += finding(_("Nothing at all is known of: {names}"), names=names)
    return said


def recommend(
    insights: pd.DataFrame, keepable: pd.DataFrame, capabilities: Sequence[str], *, n_texts: int
) -> Recommendation:
    """What to carry on: insights per moment, the expectation not to be raised above, the capabilities that stand
    ready."""
    choice: dict[str, Any] = {}
    if len(insights):
        choice["insights"] = [
            f"{moment}:{theme}" for moment, theme in zip(insights["moment"], insights["theme"], strict=True)
        ]
    threshold = threshold_fact(keepable)
    if threshold.known:
        choice["expectation_threshold"] = threshold.value
    if capabilities:
        choice["capabilities"] = list(capabilities)
    if not choice:
        unknown = cannot_tell(_("neither texts nor expectations nor capabilities are known"),
                              needs=_("verbatims, expectation questions, a capability inventory"))  # fmt: skip
        return Recommendation({}, unknown, grade="unknown")
    parts = []
    if len(insights):
        parts.append(finding(_("{n} insights rest on at least {least} texts each."), n=number(len(insights)),
                             least=number(insights["count"].min())))  # fmt: skip
    parts.append(_promise(keepable))
    because = parts[0] if len(parts) == 1 else parts[0] + parts[1]
    return Recommendation(choice, because, _alternatives(keepable, threshold), _grade(insights, threshold, n_texts))


def threshold_fact(keepable: pd.DataFrame) -> Fact:
    """The lowest of the moments' levels: a promise above it would be broken at one of them."""
    levels = keepable[keepable["level"].notna()] if len(keepable) else keepable
    if levels.empty:
        return Fact("5.expectation_threshold", None, unit="score")
    row = levels.sort_values("level", kind="stable").iloc[0]
    return Fact("5.expectation_threshold", float(row["level"]), n=row["n"], unit="score",
                grade="measured" if row["n"] >= 30 else "observed",
                formula="lowest over the moments of: highest level that 4 in 5 customers lived, lower Wilson limit",
                inputs=("responses",))  # fmt: skip


def widest_gap(gaps: pd.DataFrame) -> dict[str, Any]:
    """The gap to expectation to speak of: the most negative one that is real, else the most negative; {} when none."""
    lived = gaps[(gaps["gap"] == "lived_minus_expectation") & gaps["estimate"].notna()].sort_values("estimate")
    real = lived[(lived["verdict"] == "real") & (lived["estimate"] < 0)]
    return _first(real if len(real) else lived)


def first_theme(difference: pd.DataFrame) -> dict[str, Any]:
    """The theme to speak of: the widest real surplus among detractors, else the widest; {} when there is none."""
    real = difference[(difference["verdict"] == "real") & (difference["estimate"] > 0)]
    return _first(real if len(real) else difference)


def gap_fact(row: Mapping[str, Any]) -> Fact:
    """Lived minus expectation where it is most negative."""
    return fact_from_row("5.widest_gap", row, formula="mean of lived − expectation on 0–10", inputs=("responses",))


def theme_fact(row: Mapping[str, Any]) -> Fact:
    """Detractors' share minus promoters' share of the theme that sets them apart most."""
    return fact_from_row("5.theme_difference", row, formula="share of detractors' texts − share of promoters' texts",
                         inputs=("verbatims",))  # fmt: skip


def _promise(keepable: pd.DataFrame) -> Finding:
    """The level that can be promised at every moment."""
    fact = threshold_fact(keepable)
    if not fact.known:
        return cannot_tell(_("no level of experience is assured to four in five customers"), n_needed=30)
    unassured = int(keepable["level"].isna().sum())
    said = finding(_("Four in five customers live {level} of 10 or better at every moment that could be "
                     "measured: what is promised should not go above it."), fact, level=number(fact.number(), 0))  # fmt: skip
    return said + finding(_("At {n} moments no level is assured."), n=number(unassured)) if unassured else said


def _alternatives(keepable: pd.DataFrame, threshold: Fact) -> tuple[Alternative, ...]:
    best = keepable["level"].max() if len(keepable) else float("nan")
    if not threshold.known or not best > threshold.number():
        return ()
    row = keepable[keepable["level"] == best].iloc[0]
    meaning = _("Promise by moment: higher where it is kept by {share} (the best moment), lower elsewhere.")
    return (Alternative({"expectation_threshold": float(best)}, meaning.format(share=percent(row["estimate"]))),)


def _grade(insights: pd.DataFrame, threshold: Fact, n_texts: int) -> str:
    return "measured" if threshold.grade == "measured" and (insights.empty or n_texts >= 30) else "observed"


def _first(table: pd.DataFrame, **where: str) -> dict[str, Any]:
    """The first row that has these values, as a mapping; empty when there is none."""
    for column, value in where.items():
        table = table[table[column] == value]
    return {str(name): cell for name, cell in table.iloc[0].items()} if len(table) else {}
