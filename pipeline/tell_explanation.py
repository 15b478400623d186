"""An explanation on the terminal."""

from __future__ import annotations

import math
from typing import Any

from rich.console import Console
from rich.text import Text

from models.reasons import Step
from pipeline.explain import Explanation, Told
from pipeline.page.strings import strings
from pipeline.page.words import in_words
from pipeline.settings import Settings
from pipeline.terminal import printable

WIDTH = 24  # of the longest bar


def tell_explanation(found: Explanation, settings: Settings, everything: bool) -> None:
    """Place on the list, likelihood, waterfall, what to check, history; with `everything` each indicator too."""
    console = Console(soft_wrap=True, highlight=False)
    night = f"{found.as_of:%Y-%m-%d %H:%M} UTC"
    name = printable(found.consignment_id)
    if found.not_listed or found.row is None:
        console.print(Text(f"{name} is not on the list of {night}: {printable(found.not_listed)}"))
        return
    row = found.row
    chosen = f"to be opened, chosen by {row['selected_by']}" if row["selected"] else "not to be opened"
    console.print(Text(f"{name}: {printable(row['office'])} rank {row['rank']} of {night}, {chosen}", style="bold"))
    console.print(Text(f"model {found.model or 'none, ordered by rules'}; {row['coverage']:.0%} could be assessed"))
    for rule in row["referrals"]:
        console.print(Text(f"referred: {settings.rules[rule].sentence if rule in settings.rules else rule}"))
    if row["abstained"]:
        console.print(Text(f"not scored: {printable(row['abstained'])}"))
    by_name = {told.indicator.name: told for family in (found.indicators or {}).values() for told in family}
    for scheme, steps in (found.steps or {}).items():
        p = row[f"p_{scheme}"]
        title = settings.schemes[scheme].title or scheme
        console.print(Text(f"\n{title}: {p:.1%}, {in_words(p, strings())}", style="bold"))
        _tell_steps(console, steps, by_name)
    _tell_history(console, found)
    if everything:
        for family, indicators in (found.indicators or {}).items():
            console.print(Text(f"\n{family}", style="bold"))
            for told in indicators:
                _tell_indicator(console, told)


def _tell_steps(console: Console, steps: list[Step], by_name: dict[str, Told]) -> None:
    largest = max((abs(step.log_odds) for step in steps[1:-1]), default=1.0) or 1.0
    checked: set[str] = set()
    for step in steps:
        if step.name in ("base rate", "total"):
            share = 1 / (1 + math.exp(-step.log_odds))
            console.print(Text(f"  {step.log_odds:+6.2f}  {step.name}: {share:.1%}"))
            continue
        bar = ("+" if step.log_odds > 0 else "-") * max(1, round(WIDTH * abs(step.log_odds) / largest))
        known = by_name.get(step.name)
        text = f"{step.name}: {known.text}" if known else step.name
        console.print(Text(f"  {step.log_odds:+6.2f}  {text}  {bar}"))
        if known and step.log_odds > 0 and known.indicator.check not in checked:
            checked.add(known.indicator.check)
            console.print(Text(f"          first: {known.indicator.check}"))


def _tell_history(console: Console, found: Explanation) -> None:
    if found.history is None or found.history.is_empty():
        console.print(Text(f"\n{strings()['history_none']}"))
        return
    console.print(Text(f"\n{strings()['history']}", style="bold"))
    for row in found.history.iter_rows(named=True):
        told: list[Any] = [f"{row['declared_at']:%Y-%m-%d}", row["earlier_id"], row["hs6"], row["dispatch_country"]]
        results = ", ".join(row["findings"]) or strings()["no_finding"]
        console.print(Text(f"  {'  '.join(printable(str(part or '-')) for part in told)}  {printable(results)}"))


def _tell_indicator(console: Console, told: Told) -> None:
    console.print(Text(f"  {told.indicator.name}: {told.text}"))
    if told.evidence:
        console.print(Text(f"      rests on {', '.join(printable(key) for key in told.evidence)}"))
