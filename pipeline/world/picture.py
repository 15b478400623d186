"""Pictures of a demonstration world, from its tables: what flows where, and one vessel's year with its events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from features.tracks.clean import clean
from features.tracks.gaps import gaps
from pipeline.errors import Usage
from pipeline.world.chart import BLUE, GREY, ORANGE, RED, draw_coast, label, port_places

REGION = (30.0, 117.0, 62.0, 165.0)  # south, west, north, east of the map of flows
MOST_FLOWS = 14
LONG_SILENCE_HOURS = 12.0


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
    vessels = pl.read_parquet(inputs / "vessel.parquet").sort("valid_from", "known_at")
    vessels = vessels.unique("vessel_id", keep="first", maintain_order=True)
    transfers = pl.read_parquet(inputs / "transhipment.parquet")
    met = pl.concat([transfers["donor_id"], transfers["receiver_id"]]).value_counts(name="transfers")
    met = met.rename({"donor_id": "vessel_id"})
    fishing = vessels.filter(pl.col("kind") == "fishing").drop_nulls("mmsi").join(met, on="vessel_id", how="left")
    seen = pl.scan_parquet(inputs / "position/**/*.parquet", hive_partitioning=False)
    order = [pl.col("transfers").fill_null(0), "vessel_id"]
    for vessel in fishing.sort(*order, descending=[True, False]).iter_rows(named=True):
        rows = clean(seen.filter(pl.col("mmsi") == vessel["mmsi"]).collect()).positions
        if rows.height > 1:
            break
    else:
        raise Usage(f"needed a fishing vessel with positions, found none in {inputs}: make a larger world")
    calls = pl.read_parquet(inputs / "port_call.parquet").filter(
        (pl.col("vessel_id") == vessel["vessel_id"]) & pl.col("reported_by").is_in(["ais", "port"])
    )
    own = transfers.filter(pl.any_horizontal(pl.col("donor_id", "receiver_id") == vessel["vessel_id"]))
    silences = gaps(rows).filter(pl.col("hours") > LONG_SILENCE_HOURS).drop_nulls("end")
    figure = Figure(figsize=(9, 10), dpi=110, layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=(7, 1))
    _track(above, rows, calls, own, silences)
    above.set_title(f"{vessel['name']} ({vessel['vessel_id']}, gear {vessel['gear']}): {rows.height:,} reports")
    _speeds(below, rows, calls, own, silences)
    return figure


def _track(axes: Axes, rows: pl.DataFrame, calls: pl.DataFrame, own: pl.DataFrame, silences: pl.DataFrame) -> None:
    points = np.column_stack([rows["lon"].to_numpy() % 360, rows["lat"].to_numpy()])
    (west, south), (east, north) = points.min(axis=0) - 1, points.max(axis=0) + 1
    draw_coast(axes, south, west, north, east)
    same = (rows["track"][1:] == rows["track"][:-1]).to_numpy()
    steps = np.stack([points[:-1], points[1:]], axis=1)[same]
    speed = rows["speed_kn"].fill_null(0.0).to_numpy()[1:][same]
    lines = LineCollection(list(steps), array=speed, cmap="viridis", linewidths=0.7, clim=(0, 14))
    axes.add_collection(lines)
    if axes.figure is not None:
        axes.figure.colorbar(lines, ax=axes, label="speed, knots", shrink=0.8)
    for gap in silences.iter_rows(named=True):
        ends = [gap["start_lon"] % 360, gap["end_lon"] % 360], [gap["start_lat"], gap["end_lat"]]
        axes.plot(*ends, "--", color=ORANGE, lw=1)
    for port, count in calls.group_by("port").len().sort("port").rows():
        if port in port_places():
            axes.plot(*port_places()[port], "s", color=BLUE, ms=4)
            label(axes, port_places()[port], f"{port} {count}")
    places = own.drop_nulls(["lat", "lon"])
    look: dict[str, Any] = {"color": RED, "ms": 10, "ls": ""}
    axes.plot(places["lon"].to_numpy() % 360, places["lat"].to_numpy(), "*", label="declared transfer", **look)
    axes.plot([], [], "--", color=ORANGE, label=f"silence over {LONG_SILENCE_HOURS:.0f} hours")
    axes.plot([], [], "s", color=BLUE, label="observed port calls")
    axes.legend(loc="lower right", fontsize=8)


def _speeds(axes: Axes, rows: pl.DataFrame, calls: pl.DataFrame, own: pl.DataFrame, silences: pl.DataFrame) -> None:
    axes.plot(rows["at"].to_numpy(), rows["speed_kn"].to_numpy(), ",", color=GREY)
    for begin, end in silences.select("start", "end").rows():
        axes.axvspan(begin, end, color=ORANGE, alpha=0.4)
    for at in calls["arrived_at"]:
        axes.axvline(at, color=BLUE, lw=0.5)
    for at in own["at"]:
        axes.axvline(at, color=RED, lw=0.8)
    axes.set_ylabel("knots")
    axes.set_ylim(0, 20)
