"""A picture of a vessel's track with its events: a map over the coast, and its speed through time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from features.tracks.geodesy import FloatArray
from pipeline.chart import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, draw_coast, label
from pipeline.vessel_story import VesselStory

MOST_NAMED = 14  # ports
LEAST_DEGREES = 0.5  # the height of the map about a vessel that lies still
WIDTH_TO_HEIGHT = 1.15  # of the map
FASTEST_KN = 14.0  # of the colours


def draw_track(story: VesselStory, out: Path) -> None:
    """Writes the picture of a vessel's story as PNG; equal stories are equal pictures."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context(matplotlib.rcParamsDefault.copy() | {"font.size": 9}):
        track_figure(story).savefig(out, format="png", metadata={"Software": None})


def track_figure(story: VesselStory) -> Figure:
    """The map above, speeds below, events in both in the same colours."""
    figure = Figure(figsize=(11, 10), dpi=110, layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=(6, 1))
    _map(above, story)
    first, last = story.span
    above.set_title(f"{story.identity}\n{story.reports.height:,} reports from {first:%Y-%m-%d} to {last:%Y-%m-%d}")
    _speeds(below, story)
    return figure


def _map(axes: Axes, story: VesselStory) -> None:
    lat, lon = story.reports["lat"].to_numpy(), story.reports["lon"].to_numpy() % 360
    draw_coast(axes, *_box(lat, lon))
    _track(axes, story, lat, lon)
    for gap in story.gaps.drop_nulls("end").iter_rows(named=True):
        ends = [gap["start_lon"] % 360, gap["end_lon"] % 360], [gap["start_lat"], gap["end_lat"]]
        axes.plot(*ends, "--", color=ORANGE, lw=1)
    axes.plot([], [], "--", color=ORANGE, label=_count(story.gaps, "silence over 6 hours", "silences over 6 hours"))
    _points(axes, story.fishing, "fishing event", "s", GREEN, 2, "lat", "lon")
    _points(axes, story.loitering, "loitering event", "o", PURPLE, 3, "lat", "lon")
    _points(axes, story.visits, "port visit", "s", BLUE, 4, "start_lat", "start_lon")
    _points(axes, story.encounters, "encounter", "o", RED, 9, "lat", "lon", hollow=True)
    _points(axes, story.transfers.drop_nulls(["lat", "lon"]), "declared transfer", "*", RED, 8, "lat", "lon")
    _name_ports(axes, story.visits)
    axes.legend(loc="best", fontsize=8)


def _box(lat: FloatArray, lon: FloatArray) -> tuple[float, float, float, float]:
    """South, west, north and east of a map of the shape of the page, with some room about the points."""
    middle = (float(lat.min() + lat.max()) / 2, float(lon.min() + lon.max()) / 2)
    squeeze = np.cos(np.radians(middle[0]))
    high = max(LEAST_DEGREES, float(np.ptp(lat)), float(np.ptp(lon)) * squeeze / WIDTH_TO_HEIGHT) * 1.1
    wide = high * WIDTH_TO_HEIGHT / squeeze
    return middle[0] - high / 2, middle[1] - wide / 2, middle[0] + high / 2, middle[1] + wide / 2


def _track(axes: Axes, story: VesselStory, lat: FloatArray, lon: FloatArray) -> None:
    """The way from each report to the next one of its track, unless a silence lies between."""
    rows = story.reports
    silent = rows.join(story.gaps.select("track", at="end", silent=pl.lit(True)), on=["track", "at"], how="left")
    joined = (rows["track"][1:] == rows["track"][:-1]).to_numpy() & silent["silent"].is_null().to_numpy()[1:]
    points = np.column_stack([lon, lat])
    steps = np.stack([points[:-1], points[1:]], axis=1)[joined]
    speed = rows["speed_kn"].fill_null(0.0).to_numpy()[1:][joined]
    lines = LineCollection(list(steps), array=speed, cmap="viridis", linewidths=0.7, clim=(0, FASTEST_KN))
    axes.add_collection(lines)
    if axes.figure is not None:
        axes.figure.colorbar(lines, ax=axes, label="speed, knots")


def _points(
    axes: Axes,
    events: pl.DataFrame,
    one: str,
    mark: str,
    colour: str,
    size: float,
    lat: str,
    lon: str,
    *,
    hollow: bool = False,
) -> None:
    look: dict[str, Any] = {"markerfacecolor": "none", "markeredgewidth": 1.5} if hollow else {}
    axes.plot(
        events[lon].to_numpy() % 360,
        events[lat].to_numpy(),
        mark,
        color=colour,
        ms=size,
        ls="",
        label=_count(events, one, one + "s"),
        **look,
    )


def _count(events: pl.DataFrame, one: str, more: str) -> str:
    return f"{events.height:,} {one if events.height == 1 else more}"


def _name_ports(axes: Axes, visits: pl.DataFrame) -> None:
    named = visits.with_columns(port=pl.coalesce("port", "start_point"))
    ports = named.group_by("port").agg(pl.len(), pl.col("name", "start_lat", "start_lon").first())
    for port in ports.sort(["len", "port"], descending=[True, False]).head(MOST_NAMED).iter_rows(named=True):
        label(axes, (port["start_lon"] % 360, port["start_lat"]), f"{port['name'] or port['port']} {port['len']}")


def _speeds(axes: Axes, story: VesselStory) -> None:
    axes.plot(story.reports["at"].to_numpy(), story.reports["speed_kn"].to_numpy(), ",", color=GREY)
    for events, colour in (
        (story.visits, BLUE),
        (story.gaps, ORANGE),
        (story.loitering, PURPLE),
        (story.fishing, GREEN),
        (story.encounters, RED),
    ):
        for begin, end in events.drop_nulls("end").select("start", "end").iter_rows():
            axes.axvspan(begin, end, color=colour, alpha=0.35, lw=0)
    for at in story.transfers["at"]:
        axes.axvline(at, color=RED, lw=0.8)
    axes.set_ylabel("knots")
    axes.set_ylim(0, 20)
    axes.set_xlim(*(float(date2num(at)) for at in story.span))  # type: ignore[no-untyped-call]
