"""Head to head: two models on the same rows, none of which either had learned from when it judged them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from models.bootstrap import DRAWS, Judged, Resamples, differences
from models.bundle import Bundle
from models.evaluation import judged as ready
from pipeline import evaluations, registry
from pipeline.errors import Refused
from pipeline.house import House
from pipeline.matrix import Matrix
from pipeline.score import matrix_of
from pipeline.settings_parts import Promotion

SHARE = 0.05
MEASURES = {"average_precision": "average precision", f"precision_{SHARE:g}": "precision of the first 5 %"}
BY_CHAMPION = "rows whose findings came after the champion's training, scored by it"
BY_BOTH = "rows that both trainings judged out of time"
_KEYS = ["consignment_id", "cutoff"]


def against_champion(house: House, name: str, champion: str, matrix: Matrix) -> dict[str, Any]:
    """The head to head of a model and the champion, written beside its evaluation.

    Taken on the rows that the model's training judged and whose label became known after the champion's own cut-off,
    scored by the champion; where these are too few, or its features no longer fit, on the rows that both trainings
    judged. Keys: champion, challenger, schemes (per scheme as `paired`, or `not_judged`: why).
    """
    mine = evaluations.judged(house.home, name)
    theirs = evaluations.judged(house.home, champion)
    bundle: Bundle | str
    try:
        bundle = registry.bundle_of(house.home, champion, house.catalogue, house.settings)
    except Refused as error:
        bundle = str(error)
    content = {
        "champion": champion,
        "challenger": name,
        "schemes": {
            scheme: _of_scheme(house, scheme, mine, theirs, bundle, matrix)
            for scheme in sorted(mine["scheme"].unique().to_list())
        },
    }
    evaluations.write_against(house.home, name, content)
    return content


def _of_scheme(
    house: House, scheme: str, mine: pl.DataFrame, theirs: pl.DataFrame, champion: Bundle | str, matrix: Matrix
) -> dict[str, Any]:
    rows, why = _scored(house, scheme, mine, champion, matrix)
    found = paired(rows, BY_CHAMPION, house.settings.seed)
    if not enough(found, house.settings.promotion):
        both = paired(in_both(mine, theirs, scheme), BY_BOTH, house.settings.seed)
        if enough(both, house.settings.promotion) or both.get("rows", 0) > found.get("rows", 0):
            found = both
    return found | ({"not_scored_by_champion": why} if why else {})


def _scored(
    house: House, scheme: str, mine: pl.DataFrame, champion: Bundle | str, matrix: Matrix
) -> tuple[pl.DataFrame, str]:
    """The judged rows that the champion had not learned from with its own probabilities, or why it gives none."""
    own = mine.filter(pl.col("scheme") == scheme)
    nothing = own.clear().with_columns(champion=pl.lit(None, dtype=pl.Float64))
    if isinstance(champion, str):
        return nothing, champion
    if scheme not in champion.schemes:
        return nothing, champion.untrained.get(scheme, "the champion does not know this scheme")
    known = pl.col(f"label_known_at_{scheme}") > champion.as_of
    rows = matrix.of(scheme).filter(known).join(own.select(_KEYS), on=_KEYS, how="semi", maintain_order="left")
    if rows.is_empty():
        return nothing, f"no judged row has a finding that became known after {champion.as_of:%Y-%m-%d %H:%M} UTC"
    said = champion.predict(scheme, matrix_of(rows, house.catalogue, scheme))
    return own.join(rows.select(_KEYS).with_columns(champion=pl.Series(said)), on=_KEYS, how="inner"), ""


def in_both(mine: pl.DataFrame, theirs: pl.DataFrame, scheme: str) -> pl.DataFrame:
    """The rows of a scheme that both trainings judged, with the other's probability as `champion`."""
    other = theirs.filter(pl.col("scheme") == scheme).select(*_KEYS, champion="probability")
    return mine.filter(pl.col("scheme") == scheme).join(other, on=_KEYS, how="inner")


def paired(rows: pl.DataFrame, rows_from: str, seed: int) -> dict[str, Any]:
    """Each measure of both models on the same rows, and the difference (`probability` less `champion`) with its
    interval, drawn by consignment. `not_judged` says why there is none."""
    positives = int(rows["label"].sum())
    facts = {"rows": rows.height, "positives": positives, "rows_from": rows_from}
    if positives in (0, rows.height):
        return facts | {"not_judged": f"needed rows with and without a find, found {positives} with one"}
    ordered = rows.sort(_KEYS)
    labels = ordered["label"].to_numpy().astype(np.int64)
    one, other = (ready(labels, ordered[column].to_numpy()) for column in ("probability", "champion"))
    resamples = Resamples(ordered["consignment_id"].to_numpy(), DRAWS, seed)
    found = differences(one, other, resamples, (SHARE,))
    for name in MEASURES:
        challenger, champion = _measure(one, rows.height, name), _measure(other, rows.height, name)
        facts[name] = {
            "challenger": challenger,
            "champion": champion,
            "difference": challenger - champion,
            "interval": found[name],
        }
    return facts


def _measure(judged: Judged, rows: int, name: str) -> float:
    return float(judged.measures(np.ones((1, rows)), (SHARE,))[name][0])


def enough(found: dict[str, Any], gates: Promotion) -> bool:
    """Whether a head to head has as many rows and finds as the gates of promotion ask for."""
    asked = found.get("rows", 0) >= gates.least_rows and found.get("positives", 0) >= gates.least_positives
    return asked and "not_judged" not in found


def told(found: dict[str, Any]) -> str:
    """A head to head of one scheme in words."""
    where = f"on {found['rows']} {found['rows_from']}"
    if "not_judged" in found:
        return f"not judged {where}: {found['not_judged']}"
    figures = [f"{title} {_figures(found[name])}" for name, title in MEASURES.items()]
    return f"{where}: " + ", ".join(figures)


def _figures(figure: dict[str, Any]) -> str:
    limits = figure["interval"]
    between = f" [{limits[0]:+.3f} {limits[1]:+.3f}]" if limits else ""
    return f"{figure['champion']:.3f} -> {figure['challenger']:.3f} ({figure['difference']:+.3f}{between})"
