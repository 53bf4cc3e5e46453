"""One stage of the chain, opened inside its notebook: what it inherits, shows, finds, recommends, decides and hands on.

Whatever must always hold is done here, in the kernel, so that JupyterLab, plain papermill, nbclient and `cx run` give the
same artifacts: parameters, order, seals and data are checked when the stage opens; its record is written whole, at the end.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import HTML, display

from cxlib import decisions, ledger, records
from cxlib.brief import Brief, load_brief
from cxlib.chain import STAGES, affected, contradictions, stage_of
from cxlib.errors import ChoiceError, StageError
from cxlib.facts import Fact, Finding, Recommendation
from cxlib.figures import cards, show
from cxlib.figures.theme import style
from cxlib.language import _, day, number, quantity, speak
from cxlib.parameters import check_parameters
from cxlib.records import Record
from cxlib.sources import load_table


def open_stage(number: int, namespace: Mapping[str, Any]) -> Stage:
    """Open a stage with the parameters in a notebook's `globals()`.

    Raises UsageError for a wrong parameter, BriefError for a wrong brief, ChainError when a stage before it has not run, is
    stale or reopened, LedgerError when a decision was changed by hand, TableError for data that break their contract.
    """
    stage_of(number)
    parameters = check_parameters(namespace)
    brief = load_brief(parameters.engagement, parameters.as_of)
    speak(brief.lang, brief.locale, brief.currency)
    home = parameters.out / brief.name
    return Stage(number, brief, home, decisions.check_open(brief, home, number, brief.as_of.isoformat()))


class Stage:
    """A stage in its notebook. Each method shows something, hands something on, or says what was handed on."""

    def __init__(self, number: int, brief: Brief, home: Path, earlier: dict[int, Record]) -> None:
        self.about = stage_of(number)
        self.number, self.brief, self.home = number, brief, home
        self._earlier = earlier
        self._entries = ledger.read_ledger(brief.folder)
        self._tables: dict[str, pd.DataFrame] = {}
        self._facts: dict[str, Fact] = {}
        self._findings: list[Finding] = []
        self._kept: dict[str, bytes] = {}
        self._names: dict[str, dict[str, str]] = {}
        self._headline = ""
        self._recommendation: Recommendation | None = None
        self._decision: decisions.Decision | None = None

    # -- what it inherits ------------------------------------------------------------------------------------------

    @property
    def as_of(self) -> pd.Timestamp:
        """The last day that may be read."""
        return pd.Timestamp(self.brief.as_of)

    def table(self, name: str) -> pd.DataFrame:
        """A data table with all columns of its contract, bounded by as_of; without rows when the client has none."""
        if name not in self._tables:
            self._tables[name] = load_table(self.brief, name).table
        return self._tables[name].copy()

    def missing(self, *names: str) -> tuple[str, ...]:
        """Which of these tables (default: all that the stage can use) have no rows."""
        asked = names or (*self.about.needs, *self.about.helps)
        return tuple(name for name in asked if self.table(name).empty)

    def choice(self, number: int) -> dict[str, Any]:
        """The choice in force of an earlier stage; {} when it is undecided."""
        return dict(self._record(number)["choice"])

    def fact(self, id: str) -> Fact:
        """A fact of an earlier stage, or of this one; its value is None when it cannot be told."""
        if id in self._facts:
            return self._facts[id]
        known = Fact(id, None)
        said = [fact for fact in self._earlier.get(known.stage, {}).get("facts", []) if fact["id"] == id]
        return Fact.from_json(said[0]) if said else known

    def standing(self) -> dict[str, Any]:
        """The choice that people have already taken for this stage (sealed, or written in the brief); {} when none."""
        return dict(decisions.decision_in_force(self.brief, self.number, {}, ledger.seals(self._entries)).choice)

    def kept(self, number: int, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        """A table that an earlier stage handed on; empty, with `columns`, when it handed none on."""
        held = self._record(number)["kept"].get(name)
        if held is None:
            return pd.DataFrame(columns=columns or [])
        path = records.stage_folder(self.home, number) / held["file"]
        if not path.is_file() or records.file_digest(path) != held["sha256"]:
            raise StageError(str(path), _("the table was changed or removed after stage {n} wrote it").format(n=number),
                             "", _("Run stage {n} again").format(n=number))  # fmt: skip
        return pd.read_parquet(path)

    def records(self) -> list[dict[str, Any]]:
        """The stages before this one, as they ran: stage, choice, recommended, state, grade, as_of, ran_at, override, …"""
        seals = ledger.seals(self._entries)
        return [{**record, "state": self._state(number, seals)} for number, record in sorted(self._earlier.items())]

    def history(self) -> list[dict[str, Any]]:
        """The entries of the decision ledger, oldest first."""
        return list(self._entries)

    @cached_property
    def labels(self) -> dict[str, dict[str, str]]:
        """Kind → code → label: step, touchpoint, channel, idea, capability, person, segment and what stages have named."""
        brief = self.brief
        known = {
            "step": {key: brief.label("step", key) for key in brief.step_keys},
            "touchpoint": {key: brief.label("touchpoint", key) for key in brief.touchpoint_keys},
            "channel": {key: brief.label("channel", key) for key in brief.channels},
        }
        for kind, table, code, label in (("idea", "ideas", "idea_id", "label"), ("person", "people", "person_id", "role"),
                                         ("capability", "capabilities", "capability_id", "label")):  # fmt: skip
            rows = self.table(table)
            known[kind] = dict(zip(rows[code].astype(str), rows[label].astype(str), strict=True))
        for record in self._earlier.values():
            for kind, names in record.get("names", {}).items():
                known.setdefault(kind, {}).update(names)
        return known

    def label(self, kind: str, code: str) -> str:
        """The label of one code, or the code itself."""
        return self.labels.get(kind, {}).get(code, code)

    # -- what it shows ---------------------------------------------------------------------------------------------

    def opening(self) -> None:
        """Show state, inherited decisions, period, rows per table, and the fingerprint of the data."""
        seals = ledger.seals(self._entries)
        drafts = [str(number) for number in self._earlier if number not in seals]
        sentence = _("Rests on drafts: stages {stages}. Nothing here binds yet.").format(stages=", ".join(drafts)) if drafts \
            else _("Every decision before this one is sealed.") if self._earlier else _("The chain starts here.")  # fmt: skip
        state = "draft" if drafts or self.number not in seals else "sealed"
        period = self.brief.period
        rows = [(_("Client"), self.brief.company),
                (_("Period"), f"{day(period.start)} – {day(period.end)}"),
                (_("Data until"), day(self.brief.as_of)),
                (_("Rows read"), ", ".join(f"{name} {number(len(self.table(name)))}" for name in self._asked())),
                (_("Data fingerprint"), self.fingerprint()[:12])]  # fmt: skip
        inherited = [
            (f"{stage.number} · {stage.name}", self._inherited(stage.number)) for stage in STAGES[: self.number - 1]
        ]
        display(HTML(cards.band_html(state, sentence) + cards.facts_html(rows, css="provenance")
                     + (cards.facts_html(inherited, css="inherited") if inherited else "")))  # fmt: skip

    def headline(self, result: Finding) -> None:
        """Show the stage's result first; it becomes the title of its page."""
        self._headline = result.sentence
        self._register(result)
        display(HTML(cards.finding_html(result.sentence, result.verdict, css="headline")))

    def say(self, result: Finding) -> None:
        """Show a finding and register its facts."""
        self._register(result)
        display(HTML(cards.finding_html(result.sentence, result.verdict)))

    def tell(self, table: pd.DataFrame, *, caption: str, persons: bool = True, rows: int = 25) -> None:
        """Show a tidy table; where `n` counts persons, cells below the minimum are suppressed."""
        if table.empty:
            display(HTML(f'<p class="note">{caption}: {self._nothing()}</p>'))
            return
        least = self.brief.thresholds.minimum_cell if persons else 0
        display(HTML(show.table_html(table, caption=caption, labels=self.labels, minimum_cell=least, rows=rows)))

    def figure(
        self, plot: Callable[..., Any], table: pd.DataFrame, *, alt: str | Finding, caption: str = "", **options: Any
    ) -> None:
        """Draw `plot(table, **options)` and show it with its alternative text; of an empty table, say what is missing."""
        if table.empty:
            display(HTML(f'<p class="note">{_("Nothing to draw:")} {self._nothing()}</p>'))
            return
        with style():
            drawn = plot(show.labelled(table, self.labels), **options)
        display(HTML(show.figure_html(drawn, str(alt)[:250], caption)))

    def map(self, html: str, *, caption: str = "") -> None:
        """Show a map: an HTML table made, and escaped, by `cxlib.figures.maps`."""
        below = f'<p class="note">{caption}</p>' if caption else ""
        display(HTML(f'<div class="map">{html}{below}</div>' if html else f'<p class="note">{self._nothing()}</p>'))

    def limits(self) -> None:
        """Show what this run could not know, table by table."""
        effects = {name: affected(name).get(self.number, "") for name in self.missing()}
        words = {"blocks": _("Without {table} the main question of this stage cannot be answered from data."),
                 "weakens": _("Without {table} part of this stage stays unanswered.")}  # fmt: skip
        said = [words[effect].format(table=name) for name, effect in effects.items() if effect]
        said += [result.sentence for result in self._findings if result.verdict == "cannot tell"]
        display(
            HTML(
                cards.list_html(said, css="limits")
                or f'<p class="note">{_("No table this stage uses is missing.")}</p>'
            )
        )

    # -- what it decides -------------------------------------------------------------------------------------------

    def name(self, kind: str, names: Mapping[str, str]) -> None:
        """Give codes that this stage made (e.g. segments) their labels, here and in every later stage."""
        self._names.setdefault(kind, {}).update(names)
        self.labels.setdefault(kind, {}).update(names)

    def recommend(self, recommendation: Recommendation) -> None:
        """Show what the data recommend, why, and what each alternative would mean."""
        self._recommendation = recommendation
        self._register(recommendation.because)
        words = [(_("Recommended"), cards.choice_words(recommendation.choice, self.labels)),
                 (_("Because"), recommendation.because.sentence),
                 (_("Evidence"), cards.grade_word(recommendation.grade))]  # fmt: skip
        words += [
            (cards.choice_words(other.choice, self.labels), other.meaning) for other in recommendation.alternatives
        ]
        display(HTML(cards.facts_html(words, css="recommendation")))

    def decide(self) -> None:
        """Show the decision in force and how to seal it; refuse one that contradicts the chain."""
        recommended = self._need_recommendation()
        in_force = decisions.decision_in_force(self.brief, self.number, recommended.choice, ledger.seals(self._entries))
        ground = decisions.ground_of(self.brief, self.number, self.home, recommended.offered)
        against = contradictions(self.number, in_force.choice, ground)
        if against and not in_force.override:
            raise ChoiceError(_("decision of stage {n}").format(n=self.number), " ".join(against),
                              _("What an earlier stage decided binds this one"),
                              _("Mend the choice, reopen the earlier stage, or keep it with an override and a reason"))  # fmt: skip
        self._decision = in_force
        display(HTML(self._decision_card(in_force, against)))

    def seal(self, *, why: str, by: str, override: bool = False, **choice: Any) -> None:
        """Seal this stage's decision from JupyterLab, after `finish`; the same as `cx decide`."""
        decisions.seal(self.brief, self.home, self.number, choice, why=why, by=by, override=override)
        self._entries = ledger.read_ledger(self.brief.folder)
        self.decide()
        self.finish()

    # -- what it hands on ------------------------------------------------------------------------------------------

    def keep(self, name: str, table: pd.DataFrame) -> None:
        """Hand a table on to later stages; it is written when the stage finishes."""
        buffer = io.BytesIO()
        table.to_parquet(buffer, index=False)
        self._kept[name] = buffer.getvalue()

    def finish(self) -> None:
        """Write the record, whole, and show what the next stage receives."""
        if self._decision is None:
            raise StageError(_("stage {n}").format(n=self.number), _("it ends without a decision"), "",
                             _("Call stage.recommend(…) and stage.decide() before stage.finish()"))  # fmt: skip
        folder = records.stage_folder(self.home, self.number)
        kept = {}
        for name, content in self._kept.items():
            records.write_bytes(folder / f"{name}.parquet", content)
            kept[name] = {"file": f"{name}.parquet", "sha256": hashlib.sha256(content).hexdigest()}
        records.write_record(self.home, self._as_record(self._decision, kept))
        records.write_facts(self.home)
        display(HTML(self._handed_on()))

    def fingerprint(self) -> str:
        """SHA-256 over the brief and every table this stage asks for, as it reads them."""
        said = hashlib.sha256((self.brief.folder / "engagement.yaml").read_bytes())
        for name in self._asked():
            said.update(pd.util.hash_pandas_object(self.table(name), index=False).to_numpy().tobytes())
        return said.hexdigest()

    # -- its own ---------------------------------------------------------------------------------------------------

    def _asked(self) -> tuple[str, ...]:
        return (*self.about.needs, *self.about.helps)

    def _record(self, number: int) -> Record:
        if number not in self._earlier:
            raise StageError(_("stage {n}").format(n=self.number), _("it asks for stage {k}").format(k=number),
                             _("A stage receives only from stages before it"))  # fmt: skip
        return self._earlier[number]

    def _state(self, number: int, seals: Mapping[int, ledger.Entry]) -> str:
        record = self._earlier[number]
        found = decisions.decision_in_force(self.brief, number, record["recommended"], seals)
        return "drift" if found.drift else found.state

    def _inherited(self, number: int) -> str:
        state = self._state(number, ledger.seals(self._entries))
        return f"{cards.choice_words(self.choice(number), self.labels)} ({cards.state_word(state)})"

    def _nothing(self) -> str:
        missing = self.missing()
        if missing:
            return _("this client has no data in {tables}.").format(tables=", ".join(missing))
        return _("there is not enough data for it.")

    def _register(self, result: Finding) -> None:
        self._findings.append(result)
        for fact in result.facts:
            if fact.stage != self.number:
                continue  # quoted from an earlier stage, which owns it
            known = self._facts.setdefault(fact.id, fact)
            if known != fact:
                raise StageError(_("fact {id}").format(id=fact.id), _("it has two values: {one} and {two}").format(
                    one=known.value, two=fact.value), _("A number is made once and quoted elsewhere"))  # fmt: skip

    def _need_recommendation(self) -> Recommendation:
        if self._recommendation is None:
            raise StageError(_("stage {n}").format(n=self.number), _("it decides without a recommendation"), "",
                             _("Call stage.recommend(…) first"))  # fmt: skip
        return self._recommendation

    def _grade(self, decision: decisions.Decision) -> str:
        """A choice against, or beyond, the recommendation is judgement, whatever the evidence for the other."""
        recommended = self._need_recommendation()
        return (
            recommended.grade if decision.choice == recommended.choice else "assumed" if decision.choice else "unknown"
        )

    def _decision_card(self, decision: decisions.Decision, against: list[str]) -> str:
        state = "drift" if decision.drift else decision.state
        words = {"sealed": _("Sealed by {by}: {why}"), "draft": _("Not sealed: a proposal until a person decides."),
                 "open": _("The data recommend nothing; a person has to judge."),
                 "drift": _("Sealed by {by} ({why}); today's data would recommend otherwise. The seal stands.")}  # fmt: skip
        rows = [(_("Decision"), cards.choice_words(decision.choice, self.labels)),
                (_("Evidence"), cards.grade_word(self._grade(decision)))]  # fmt: skip
        if decision.source == "brief":
            rows.append((_("Judged by"), f"{decision.by}: {decision.why}"))
        rows += [(_("Contradicts"), sentence) for sentence in against]
        if decision.state != "sealed":
            example = " ".join(f"{key}=…" for key in self.about.decides)
            rows.append((_("To seal it"), f"cx decide {self.number} {example} --why … --by …"))
        return cards.band_html(state, words[state].format(by=decision.by, why=decision.why)) \
            + cards.facts_html(rows, css="decision")  # fmt: skip

    def _as_record(self, decision: decisions.Decision, kept: dict[str, Any]) -> Record:
        recommended = self._need_recommendation()
        return {
            "stage": self.number, "engagement": self.brief.name, "as_of": self.brief.as_of.isoformat(),
            "headline": self._headline, "state": decision.state, "source": decision.source, "drift": decision.drift,
            "override": decision.override, "grade": self._grade(decision), "choice": decision.choice,
            "choice_words": cards.choice_words(decision.choice, self.labels), "recommended": recommended.choice,
            "because": recommended.because.sentence, "offered": recommended.offered,
            "alternatives": [{"choice": other.choice, "meaning": other.meaning} for other in recommended.alternatives],
            "facts": [fact.as_json() for fact in self._facts.values()],
            "findings": [{"sentence": said.sentence, "verdict": said.verdict} for said in self._findings],
            "missing": list(self.missing()), "kept": kept, "names": self._names, "fingerprint": self.fingerprint(),
            "rests_on": {str(number): record["digest"] for number, record in self._earlier.items()},
            "ledger": {"length": len(self._entries), "head": ledger.head(self._entries)},
            "ran_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        }  # fmt: skip

    def _handed_on(self) -> str:
        rows = [(fact.name.replace("_", " "), f"{quantity(fact.value, fact.unit) if fact.known else _('cannot tell')}"
                 f" ({cards.grade_word(fact.grade)})") for fact in self._facts.values()]  # fmt: skip
        return cards.facts_html(rows, css="handed-on")
