"""METHODS.md: which number nobody here made proves each method, and how the intervals, verdicts and charts held."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from scipy import stats

ROOT = Path(__file__).resolve().parents[1]
TABLE = Path(__file__).with_name("table.csv")
RARE = 0.01  # chance, over all rows together, to blame a method that keeps its rate
PAGE = ROOT / "METHODS.md"


def oracles() -> pd.DataFrame:
    """All rows of `tests/*/oracles.csv`, with the folder they stand in."""
    parts = [
        pd.read_csv(path, dtype=str, keep_default_na=False).assign(folder=path.parent.name)
        for path in sorted((ROOT / "tests").glob("*/oracles.csv"))
    ]
    return pd.concat(parts, ignore_index=True).sort_values(["method", "oracle"], ignore_index=True)


def page() -> str:
    """The page as Markdown."""
    counts, known = pd.read_csv(TABLE), oracles()
    n_outside = known.loc[~known["source"].str.contains("by hand|definition"), "method"].nunique()
    methods = known["method"].nunique()
    return "\n".join(
        [
            "# Methods and their proof",
            "",
            f"{methods} public methods, {len(known)} oracles; {n_outside} methods stand against published numbers",
            "or another program, the rest against a calculation done by hand or their definition. Made by",
            "`python -m calibration.page` from `tests/*/oracles.csv` and `calibration/table.csv`; a test keeps both complete.",
            "",
            "## How the intervals, verdicts and charts held",
            "",
            f"Made by `make calibrate` on {counts['made_on'].max()} with seed 2607. In brackets: the rate's own 95 % interval.",
            "",
            *_short(counts),
            *_coverage(counts[counts["kind"].eq("coverage")]),
            *_rates(counts, "false positive", "Verdicts where nothing is", "verdict"),
            *_rates(counts, "false alarm", "Charts of steady series", "what"),
            *_rates(counts, "recovery", "Planted effects found on simulated clients", "counts as found when"),
            *_rates(
                counts, "null client", "The same declared on clients in which nothing was planted", "declared when"
            ),
            "## Method, oracle, tolerance, source",
            "",
            "| method | oracle | tolerance | source | test |",
            "|---|---|---|---|---|",
            *(
                f"| `{row.method}` | {row.oracle} | {row.tolerance} | {row.source} | {row.folder}/{row.test} |"
                for row in known.itertuples()
            ),
            "",
        ]
    )


def _short(counts: pd.DataFrame) -> list[str]:
    """What falls short: beyond the chance of the whole simulation, then what does so only when looked at alone."""
    held = counts[counts["kind"].eq("coverage")]
    given = counts[counts["kind"].isin(["false positive", "null client"])]
    rows = pd.concat(
        [
            held.assign(p=stats.binom.cdf(held["count"], held["of"], held["stated"]), all=len(held)),
            given.assign(p=stats.binom.sf(given["count"] - 1, given["of"], given["stated"]), all=len(given)),
        ]
    )
    sure = rows["p"] < RARE / rows["all"]
    alone = ~sure & (rows["p"] < 0.025)
    return [
        "Short of what they state, beyond the chance of the simulation:",
        "",
        *(_listed(rows[sure]) or ["- nothing"]),
        "",
        "Short only when looked at alone, as about one row in forty is by chance; read them as a warning:",
        "",
        *(_listed(rows[alone]) or ["- nothing"]),
        "",
        "A dash: not made for so few.",
        "",
    ]


def _listed(rows: pd.DataFrame) -> list[str]:
    """One line a row."""
    return [
        f"- `{row.method}` ({row.data}), n = {row.n:,}: {row.rate:.1%} instead of {row.stated:.0%}"
        for row in rows.itertuples()
    ]


def _coverage(rows: pd.DataFrame) -> list[str]:
    """One line per method and data, a column per n."""
    sizes = sorted(rows["n"].unique())
    lines = [
        "### Coverage of 95 % intervals",
        "",
        "| method | data | " + " | ".join(f"n = {n:,}" for n in sizes) + " |",
        "|---|---|" + "---|" * len(sizes),
    ]
    for (method, data), group in rows.groupby(["method", "data"], sort=False):
        by_size = group.set_index("n")
        cells = [f"{by_size['rate'][n]:.1%}" if n in by_size.index and by_size["of"][n] else "–" for n in sizes]
        lines.append(f"| `{method}` | {data} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def _rates(counts: pd.DataFrame, kind: str, title: str, header: str) -> list[str]:
    """One line per row: how often, with its interval, against what is stated."""
    rows = counts[counts["kind"].eq(kind)]
    if rows.empty:
        return []
    lines = [f"### {title}", "", f"| method | {header} | n | stated | found | of |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {row.method} | {row.data} | {row.n:,} | {row.stated:.1%} | {row.rate:.1%} ({row.low:.1%} to {row.high:.1%}) "
        f"| {row.of:,} |"
        for row in rows.itertuples()
    ]
    return [*lines, ""]


def write_page() -> None:
    """Write METHODS.md."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write_page()
