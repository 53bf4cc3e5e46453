"""One stage of the chain, opened inside its notebook: what it inherits, shows, finds, recommends, decides and hands on.

Whatever must always hold is done here, in the kernel, so that JupyterLab, plain papermill, nbclient and `cx run` give the
same artifacts: parameters, order, seals and data are checked when the stage opens; its record is written whole, at the end.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from textwrap import shorten
from typing import Any

import pandas as pd
from IPython.display import HTML, display
from threadpoolctl import threadpool_limits

from cxlib.chain import affected, check_chain, stage_of
from cxlib.engagement import decisions, ledger, records
from cxlib.engagement.brief import Brief, load_brief
from cxlib.engagement.brief.journey import FILE as JOURNEY_FILE
from cxlib.engagement.inheritance import Inheritance
from cxlib.engagement.labels import table_words
from cxlib.engagement.parameters import check_parameters
from cxlib.engagement.records import Record
from cxlib.errors import StageError
from cxlib.facts import Fact, Finding, Recommendation, tell_from, withheld
from cxlib.language import _, day, speak
from cxlib.notebook.opened import opened
from cxlib.privacy.disclosure import Disclosure, last_shown, merged, told_before
from cxlib.show import captions, cards, terms
from cxlib.show import table as show
from cxlib.show.opening import facts_html, opening_html
from cxlib.show.theme import style


def open_stage(number: int, namespace: Mapping[str, Any]) -> Stage:
    """Open a stage with the parameters in a notebook's `globals()`.

    Raises UsageError for a wrong parameter, BriefError for a wrong brief, ChainError when a stage before it has not run, is
    stale or reopened, LedgerError when a decision was changed by hand, TableError for data that break their contract.
    """
    stage_of(number)
    parameters = check_parameters(namespace)
    threadpool_limits(1)  # sums keep their order: the same facts to the last digit on every machine
    brief = load_brief(parameters.engagement, parameters.as_of)
    speak(brief.lang, brief.locale, brief.currency)
    tell_from(brief.thresholds.minimum_cell)
    home = parameters.out / brief.name
    return Stage(number, brief, home, decisions.check_open(brief, home, number, brief.as_of.isoformat()))


class Stage(Inheritance):
    """A stage in its notebook. Each method shows something, hands something on, or says what was handed on."""

    def __init__(self, number: int, brief: Brief, home: Path, earlier: dict[int, Record]) -> None:
        super().__init__(number, brief, home, earlier)
        self._facts: dict[str, Fact] = {}
        self._findings: list[Finding] = []
        self._kept: dict[str, bytes] = {}
        self._names: dict[str, dict[str, str]] = {}
        self._headline = ""
        self._recommendation: Recommendation | None = None
        self._decision: decisions.Decision | None = None
        self._settled = False
        self._last_shown = last_shown(home, number)
        self._notebook = opened(number, self.about.slug, brief.folder, home, [JOURNEY_FILE])

    def fact(self, id: str) -> Fact:
        """A fact of this stage or of an earlier one; its value is None when it cannot be told."""
        return self._facts.get(id) or super().fact(id)

    def opening(self) -> None:
        """Show state, inherited decisions, period, rows per table, and the fingerprint of the data."""
        sealed, period = self.number in ledger.seals(self._entries), self.brief.period
        rows = [
            (_("Client"), self.brief.company),
            (_("Period"), f"{day(period.start)} – {day(period.end)}"),
            (_("Data until"), day(self.brief.as_of)),
            (_("Rows read"), ", ".join(map(self.rows_kept, self._asked()))),
            (_("Data fingerprint"), self.fingerprint()[:12]),
        ]
        inherited = {stage: cards.choice_words(self.choice(stage), self.labels) for stage in sorted(self._earlier)}
        html = opening_html(rows, inherited, self._states(), sealed=sealed)
        display(HTML(html), **self._notebook.top(html))

    def headline(self, result: Finding) -> None:
        """Show the stage's result first, the title of its page; a decision against the data is said before it."""
        if self._decision is not None and self._recommendation is not None:
            both = cards.against_the_data(self._decision, self._recommendation.choice, self.labels)
            result = (Finding(both) + result) if both else result
        result = self._register(result)
        if result.sentence[-1:].isalnum() or result.sentence.endswith("%"):
            result = replace(result, sentence=f"{result.sentence}.")  # a title is a whole sentence
        self._headline = result.sentence
        _show(result, css="headline")

    def say(self, result: Finding) -> None:
        """Show a finding and register its facts; what rests on too few persons is withheld."""
        _show(self._register(result), css="finding")

    def tell(
        self,
        table: pd.DataFrame,
        *,
        caption: str,
        persons: bool = True,
        rows: int = 25,
        nothing: str = "",
        **places: object,
    ) -> None:
        """Show a tidy table; where `n` counts persons, small cells and those that would give them away are hidden.

        caption: its key in the stage's captions.yaml, or a text; `places` fill it. nothing: the key of what to say
        about an empty table; by default, which of the stage's data tables this client does not have.
        """
        caption = captions.caption(self.number, caption, places)
        if table.empty:
            _note(f"{caption}: {self._nothing(nothing)}")
            return
        seen, more = table.head(rows), max(0, len(table) - rows)
        hidden = self._disclosure.hidden(seen, caption) if persons else []
        if any(hidden):
            seen, hidden = merged(seen, hidden, self._least)
        display(HTML(show.table_html(seen, caption=caption, labels=self.labels, hidden=hidden, more=more)))

    def figure(
        self,
        plot: Callable[..., Any],
        table: pd.DataFrame,
        *,
        alt: str | Finding,
        caption: str = "",
        nothing: str = "",
        **options: Any,
    ) -> None:
        """Draw `plot(table, **options)` and show it with its alternative text; for an empty table, say what is missing.

        Where `n` counts persons (`plot.persons` is not False), small groups are not drawn.
        """
        if table.empty:
            _note(f"{_('Nothing to draw:')} {self._nothing(nothing)}")
            return
        drawn = self._disclosure.drawn(table) if getattr(plot, "persons", True) else table
        if drawn.empty:
            _note(_("Nothing to draw: every group is too small to be shown."))
            return
        if isinstance(alt, Finding):  # as many whole sentences as an alternative text holds
            alt = terms.brief(withheld(alt, self._least))
        with style():
            picture = plot(show.labelled(drawn, self.labels), **options)
        short = shorten(str(alt), 250, placeholder=" …")
        display(HTML(show.figure_html(picture, short, captions.caption(self.number, caption))))

    def map(self, html: str, *, caption: str = "", nothing: str = "") -> None:
        """Show a map: an HTML table made, and escaped, by `cxlib.show.maps`; for an empty one, say why."""
        below = cards.note_html(captions.caption(self.number, caption)) if caption else ""
        display(HTML(f'<div class="map">{html}{below}</div>' if html else cards.note_html(self._nothing(nothing))))

    def limits(self) -> None:
        """Show what this run could not know, table by table."""
        effects = {name: affected(name).get(self.number, "") for name in self.missing()}
        untold = [result.sentence for result in self._findings if result.verdict == "cannot tell"]
        display(HTML(cards.limits_html(effects, untold)))

    def name(self, kind: str, names: Mapping[str, str]) -> None:
        """Give codes that this stage made (e.g. segments) their labels, here and in every later stage."""
        self._names.setdefault(kind, {}).update(names)
        self.labels[kind].update(names)

    def in_force(self, recommendation: Recommendation) -> dict[str, Any]:
        """The choice in force of this stage, whole: the seal, else the brief's choice, else what the data recommend."""
        self._recommendation = recommendation
        self._decision = decisions.decision_in_force(
            self.brief, self.number, recommendation.candidates, ledger.seals(self._entries)
        )
        return dict(self._decision.choice)

    def recommend(self, recommendation: Recommendation) -> None:
        """Show what the data recommend, why, and what each alternative would mean."""
        self.in_force(recommendation)
        because = recommendation.because
        own = tuple(
            fact for fact in because.facts if self._facts.get(fact.id, fact) == fact
        )  # others: of what is in force
        recommendation = replace(recommendation, because=self._register(replace(because, facts=own)))
        self._recommendation = recommendation
        words = [
            (_("Recommended"), cards.choice_words(recommendation.choice, self.labels)),
            (_("Because"), recommendation.because.sentence),
            (_("Evidence"), cards.grade_word(recommendation.grade)),
        ]
        words += [
            (cards.choice_words(other.choice, self.labels), other.meaning) for other in recommendation.alternatives
        ]
        display(HTML(facts_html(words, css="recommendation")))

    def choice(self, number: int) -> dict[str, Any]:
        """The choice in force of an earlier stage, or of this one once it has decided; {} when it is undecided."""
        if number == self.number and self._decision is not None:
            return dict(self._decision.choice)
        return super().choice(number)

    def decide(self) -> None:
        """Show the decision in force and how to seal it; refuse one that contradicts the chain."""
        recommended = self._need_recommendation()
        self.in_force(recommended)
        decided, self._settled = self._need_decision(), True
        ground = decisions.ground_of(self.brief, self.number, self.home, recommended.limits)
        against = check_chain(self.number, decided.choice, ground, override=decided.override)
        grade = decisions.grade_of(decided, recommended)
        display(HTML(cards.decision_html(decided, against, grade, self.about, self.labels)))

    def seal(self, *, why: str, by: str, override: bool = False, **choice: Any) -> None:
        """Seal this stage's decision from JupyterLab, after `finish`; the same as `cx decide`."""
        decisions.seal(self.brief, self.home, self.number, choice, why=why, by=by, override=override)
        self._entries = ledger.read_ledger(self.brief.folder)
        self.decide()
        self.finish()

    def keep(self, name: str, table: pd.DataFrame) -> None:
        """Hand a table on to later stages; it is written when the stage finishes."""
        buffer = io.BytesIO()
        table.to_parquet(buffer, index=False)
        self._kept[name] = buffer.getvalue()

    def finish(self) -> None:
        """Write the record, whole, and show what the next stage receives."""
        decided = self._need_decision(settled=True)
        kept = records.write_kept(self.home, self.number, self._kept)
        records.write_record(self.home, self._as_record(decided, kept))
        records.write_facts(self.home)
        display(HTML(cards.handed_on_html(self._facts.values())))

    @property
    def _least(self) -> int:
        """About fewer persons than this, nothing is told."""
        return self.brief.thresholds.minimum_cell

    @cached_property
    def _disclosure(self) -> Disclosure:
        """What the run has shown of small groups. Earlier tables matter only when one of them hides something."""
        hides = [bool(self._record(number, "hides").get("hides")) for number in self._earlier]

        def earlier() -> list[list[dict[str, Any]]]:
            return [self._record(number, "shown").get("shown", []) for number in self._earlier]

        told = told_before(self.home, self.number)
        return Disclosure(earlier, self._last_shown, minimum=self._least, hides=any(hides), told=told)

    def _nothing(self, key: str = "") -> str:
        """Why there is nothing to show: what the stage's captions.yaml says under a key, else what the client lacks."""
        if key:
            return captions.nothing(self.number, key)
        missing = self.missing()
        if missing:
            return _("this client has no data in {tables}.", tables=", ".join(map(table_words, missing)))
        return _("there is not enough data for it.")

    def _register(self, result: Finding) -> Finding:
        """Take a finding up as it may be shown."""
        result = withheld(result, self._least)
        self._findings.append(result)
        for fact in result.facts:
            if fact.stage != self.number:
                continue  # quoted from an earlier stage, which owns it
            known = self._facts.setdefault(fact.id, fact)
            if known != fact:
                what = _("it has two values: {one} and {two}", one=known.value, two=fact.value)
                accepted = _("A number is made once and quoted elsewhere")
                raise StageError(_("fact {id}", id=fact.id), what, accepted)
        return result

    def _need_recommendation(self) -> Recommendation:
        if self._recommendation is None:
            what, todo = _("it decides without a recommendation"), _("Call stage.recommend(…) first")
            raise StageError(_("stage {n}", n=self.number), what, "", todo)
        return self._recommendation

    def _need_decision(self, *, settled: bool = False) -> decisions.Decision:
        if self._decision is None or (settled and not self._settled):
            todo = _("Call stage.recommend(…) and stage.decide() before stage.finish()")
            raise StageError(_("stage {n}", n=self.number), _("it ends without a decision"), "", todo)
        return self._decision

    def _as_record(self, decision: decisions.Decision, kept: dict[str, Any]) -> Record:
        return {
            "stage": self.number,
            "engagement": self.brief.name,
            "as_of": self.brief.as_of.isoformat(),
            "headline": self._headline,
            **decisions.recorded(decision, self._need_recommendation()),
            "choice_words": cards.choice_words(decision.choice, self.labels),
            "facts": [fact.as_json() for fact in self._facts.values()],
            "findings": [{"sentence": said.sentence, "verdict": said.verdict} for said in self._findings],
            "missing": list(self.missing()),
            "kept": kept,
            "names": self._names,
            "fingerprint": self.fingerprint(),
            "rests_on": self.rests_on(),
            "read": self.read(),
            "shown": self._disclosure.as_json(),
            "hides": self._disclosure.hides,
            "ledger": {"length": len(self._entries), "head": ledger.head(self._entries)},
            "ran_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        }


def _show(said: Finding, *, css: str) -> None:
    """Show a finding; what it says, its verdict and whether it is open travel with it, for the pages made of a notebook."""
    told = {"sentence": said.sentence, "verdict": said.verdict, "open": said.is_open}
    display(HTML(cards.finding_html(said.sentence, said.verdict, css=css), metadata={"told": told}))


def _note(sentence: str) -> None:
    display(HTML(cards.note_html(sentence)))
