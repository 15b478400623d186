"""An explanation as a page of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.reasons import Step
from pipeline.explain import Explanation
from pipeline.page.strings import LANGUAGE, strings
from pipeline.page.words import in_words
from pipeline.page.write import environment, file, source_hash
from pipeline.settings import Settings
from pipeline.terminal import printable

UP, DOWN, ANCHOR = "#b34a00", "#0b5394", "#1b1f24"


def write(found: Explanation, settings: Settings, path: Path) -> None:
    """Writes the page of one consignment; no script is on it."""
    path.write_text(page(found, settings), encoding="utf-8")


def page(found: Explanation, settings: Settings) -> str:
    """The page; equal explanations give equal pages."""
    s, style = strings(), file("list.css")
    texts = {told.indicator.name: told.text for family in (found.indicators or {}).values() for told in family}
    row: dict[str, Any] = found.row or {}
    return str(
        environment()
        .get_template("explanation.html")
        .render(
            s=s,
            language=LANGUAGE,
            printable=printable,
            title=s["explanation"].format(id=printable(found.consignment_id), night=f"{found.as_of:%Y-%m-%d %H:%M}"),
            policy=f"default-src 'none'; style-src {source_hash(style)}; base-uri 'none'; form-action 'none'",
            style=style,
            not_listed=s["not_listed"].format(why=printable(found.not_listed)) if found.not_listed else "",
            place=s["place"].format(
                office=printable(row["office"]),
                rank=row["rank"],
                chosen=s[f"by_{row['selected_by']}"] if row["selected"] else s["not_chosen"],
            )
            if row
            else "",
            model=s["by_model_of"].format(name=found.model) if found.model else s["no_model"],
            referrals=[settings.rules[name].sentence for name in row.get("referrals", ()) if name in settings.rules],
            falls=[
                {
                    "title": f"{settings.schemes[scheme].title or scheme}: {row[f'p_{scheme}']:.1%}, "
                    f"{in_words(row[f'p_{scheme}'], s)}",
                    "steps": _bars(steps, texts),
                }
                for scheme, steps in (found.steps or {}).items()
            ],
            indicators=list((found.indicators or {}).items()),
        )
    )


def _bars(steps: Sequence[Step], texts: dict[str, str]) -> list[dict[str, Any]]:
    """Where each step begins and ends, on a scale of 2 to 98."""
    s, at, spans = strings(), steps[0].log_odds, []
    for step in steps[1:-1]:
        spans.append((at, at + step.log_odds))
        at += step.log_odds
    ends = [end for span in spans for end in span] + [steps[0].log_odds, steps[-1].log_odds]
    low, wide = min(ends), max(max(ends) - min(ends), 0.001)
    anchored = {0: "base_rate", len(steps) - 1: "total"}
    bars = []
    for number, step in enumerate(steps):
        anchor = number in anchored
        begin, end = (step.log_odds, step.log_odds) if anchor else spans[number - 1]
        named = {"model": s["model"], "all other columns": s["others"]}
        share = f"{1 / (1 + math.exp(-step.log_odds)):.1%}"
        text = s[anchored[number]].format(share=share) if anchor else named.get(step.name, texts.get(step.name, ""))
        bars.append(
            {
                "text": printable(text or step.name),
                "anchor": anchor,
                "x": round((min(begin, end) - low) / wide * 96 + 2, 2),
                "width": 1.6 if anchor else round(max(abs(end - begin) / wide * 96, 0.6), 2),
                "colour": ANCHOR if anchor else UP if end >= begin else DOWN,
                "weight": "" if anchor else f"{step.log_odds:+.2f}",
            }
        )
    return bars
