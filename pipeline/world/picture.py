"""Pictures of a demonstration world, from its tables: what flows where, and one vessel's year with its events."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.chart import BLUE, ORANGE, draw_coast, label, port_places
from pipeline.errors import Usage
from pipeline.track_picture import track_figure
from pipeline.vessel_story import vessel_story

REGION = (30.0, 117.0, 62.0, 165.0)  # south, west, north, east of the map of flows
MOST_FLOWS = 14


def draw_pictures(inputs: Path, folder: Path) -> list[Path]:
    """Writes `flows.png` and `vessel.png` from the tables of a world; returns the files.

    Raises Usage where the folder holds no world with vessels.
    """
    if not (inputs / "position").is_dir():
        raise Usage(f"needed a demonstration world with positions, found none in {inputs}: make one first")
    folder.mkdir(parents=True, exist_ok=True)
    # The defaults, whatever a user's own matplotlibrc says: equal worlds are equal pictures.
    with matplotlib.rc_context(matplotlib.rcParamsDefault.copy() | {"font.size": 9}):
        pictures = {"flows.png": _flows(inputs), "vessel.png": _vessel(inputs)}
        for name, figure in pictures.items():
            figure.savefig(folder / name, format="png", metadata={"Software": None})
    return [folder / name for name in pictures]


def _flows(inputs: Path) -> Figure:
    heads = pl.read_parquet(inputs / "consignment.parquet").sort("known_at")
    heads = heads.unique("consignment_id", keep="first", maintain_order=True)
    values = pl.read_parquet(inputs / "goods_item.parquet").group_by("consignment_id").agg(pl.col("value_usd").sum())
    rows = heads.join(values, on="consignment_id").drop_nulls(["loading_port", "discharge_port"])
    figure = Figure(figsize=(12, 6.5), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    _between_ports(left, rows)
    _between_countries(right, rows)
    return figure


def _between_ports(axes: Axes, rows: pl.DataFrame) -> None:
    draw_coast(axes, *REGION)
    by_port = rows.group_by("loading_port", "discharge_port").agg(pl.len())
    by_port = by_port.sort("len", "loading_port", "discharge_port")
    most = by_port["len"].max() or 1
    shown = set()
    for begin, end, count in by_port.rows():
        if begin != end and _on_map(begin) and _on_map(end):
            shown |= {begin, end}
            look = {"arrowstyle": "-|>", "alpha": 0.45, "connectionstyle": "arc3,rad=0.15"}
            look |= {"color": BLUE if end.startswith("JP") else ORANGE, "lw": 0.4 + 3.5 * (count / most) ** 0.5}
            axes.annotate("", port_places()[end], port_places()[begin], arrowprops=look)
    for code in sorted(shown):
        axes.plot(*port_places()[code], "o", ms=2.5, color="black")
        label(axes, port_places()[code], code)
    axes.set_title("Consignments from port to port (blue: into Japan; orange: elsewhere)")


def _on_map(port: str) -> bool:
    lon, lat = port_places().get(port, (0.0, 0.0))
    return REGION[0] <= lat <= REGION[2] and REGION[1] <= lon <= REGION[3]


def _between_countries(axes: Axes, rows: pl.DataFrame) -> None:
    flows = rows.group_by("dispatch_country", "destination_country").agg(pl.col("value_usd").sum())
    order = ["value_usd", "dispatch_country", "destination_country"]
    flows = flows.sort(order, descending=[True, False, False]).head(MOST_FLOWS).reverse()
    names = [f"{begin} > {end}" for begin, end in flows.select("dispatch_country", "destination_country").rows()]
    colours = [BLUE if end == "JP" else ORANGE for end in flows["destination_country"]]
    axes.barh(names, flows["value_usd"].to_numpy() / 1e6, color=colours)
    axes.set_xlabel("declared value, million USD")
    axes.set_title(f"Largest flows between countries, {rows.height:,} consignments")


def _vessel(inputs: Path) -> Figure:
    """Of the fishing vessel that took part in most declared transfers."""
    vessels = pl.read_parquet(inputs / "vessel.parquet").filter(pl.col("kind") == "fishing").drop_nulls("mmsi")
    seen = pl.scan_parquet(inputs / "position/**/*.parquet", hive_partitioning=False).select("mmsi").unique().collect()
    transfers = pl.read_parquet(inputs / "transhipment.parquet")
    met = pl.concat([transfers["donor_id"], transfers["receiver_id"]]).value_counts(name="transfers")
    fishing = vessels.join(seen, on="mmsi", how="semi").join(met, left_on="vessel_id", right_on="donor_id", how="left")
    order = [pl.col("transfers").fill_null(0), pl.col("vessel_id")]
    first = fishing.sort(*order, descending=[True, False])["vessel_id"].head(1).to_list()
    if not first:
        raise Usage(f"needed a fishing vessel with positions, found none in {inputs}: make a larger world")
    return track_figure(vessel_story(inputs, first[0]))
