"""The settings of each kind of event as flags of the command line.

The defaults are told here in words alone, so that `--help` loads no library; a test holds them against the options.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Annotated, Any, NamedTuple, TypeVar

import typer

Options = TypeVar("Options")


class Flag(NamedTuple):
    """A setting, by its place in the options (`segments.max_speed_kn` stands in the options `segments`), its default
    and what it means."""

    setting: str
    default: float | int
    about: str

    @property
    def name(self) -> str:
        """The name of the setting alone."""
        return self.setting.rpartition(".")[2]


_CLEAN = (
    Flag("same_place_km", 1.0, "reports of one vessel at one instant less than this apart are one report"),
    Flag("ahead_hours", 1.0, "a clock further ahead than this is wrong"),
    Flag("behind_days", 3653.0, "a clock further behind than this is wrong"),
    Flag("segments.max_speed_kn", 25.0, "what cannot be reached at this speed is another ship"),
    Flag("segments.margin_hours", 0.25, "what clocks and places may be wrong, as time at that speed"),
    Flag("segments.max_hours", float("inf"), "a silence longer than this ends a track"),
    Flag("segments.established", 20, "reports from which on a track is one that others are told from"),
    Flag("segments.ambiguity", 10.0, "a track fits when it fits this many times better than the next"),
)
FLAGS: dict[str, tuple[Flag, ...]] = {
    "clean": _CLEAN,
    "segments": _CLEAN,
    "gaps": (
        Flag("min_hours", 6.0, "a gap is longer than this"),
        Flag("before_hours", 12.0, "the time before a gap in which reports are counted"),
        Flag("suspected_hours", 12.0, "suspected disabling: at least this long"),
        Flag("suspected_nm", 50.0, "suspected disabling: farther offshore than this"),
        Flag("suspected_reception", 10.0, "suspected disabling: others were heard more often a day than this"),
        Flag("suspected_satellite", 14, "suspected disabling: at least so many satellite reports before"),
    ),
    "port-visits": (
        Flag("enter_km", 3.0, "a vessel enters within this distance of a port point"),
        Flag("leave_km", 4.0, "and leaves at this one"),
        Flag("stop_begin_kn", 0.2, "a stop begins at this speed"),
        Flag("stop_end_kn", 0.5, "and ends at this one"),
        Flag("gap_hours", 4.0, "so long without a report in port is a gap there"),
    ),
    "encounters": (
        Flag("within_km", 0.5, "two vessels at most this far apart"),
        Flag("min_hours", 2.0, "for longer than this"),
        Flag("max_speed_kn", 2.0, "at a median speed under this"),
        Flag("min_port_km", 10.0, "at least this far from port"),
        Flag("merge_hours", 4.0, "runs less than this apart are one encounter; 0 leaves them as they are"),
        Flag("max_silence_minutes", 60.0, "a run ends when either was silent for longer than this"),
        Flag("resample.max_gap_minutes", 60.0, "positions are laid between reports less than this apart"),
    ),
    "loitering": (
        Flag("max_speed_kn", 2.0, "slower than this, hour by hour"),
        Flag("min_hours", 4, "through at least so many hours"),
        Flag("min_shore_nm", 20.0, "at least this far from shore; 12 is the variant nearer to the coast"),
        Flag("max_gap_minutes", 120.0, "positions are laid between reports less than this apart"),
    ),
    "fishing": (
        Flag("min_hours", 1.0, "at least so long, pauses left out"),
        Flag("max_pause_minutes", 60.0, "stretches less than this apart are one event"),
        Flag("min_observed", 0.7, "at least this share of its time observed"),
    ),
    "draught": (
        Flag("min_change_m", 0.5, "a change is at least this much"),
        Flag("min_reports", 2, "a draught counts once so many reports in a row agree"),
        Flag("max_draught_m", 25.5, "more than this means that nobody entered one"),
    ),
}


def with_flags(kind: str, *, but: Sequence[str] = ()) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command, whose last parameter is `**settings`, a flag for each setting of its kind of event, and takes
    the parameters `but` from it.

    A flag that was not given is None in `settings`; a parameter that was taken has its default.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True)
        parameters = signature.parameters.values()
        own = [p for p in parameters if p.kind is not inspect.Parameter.VAR_KEYWORD and p.name not in but]
        flags = [_parameter(flag) for flag in FLAGS[kind]]
        command.__signature__ = signature.replace(parameters=[*own, *flags])  # type: ignore[attr-defined]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *flags)}
        return command

    return decorate


def _parameter(flag: Flag) -> inspect.Parameter:
    kind: Any = int if isinstance(flag.default, int) else float
    shown = f"{flag.default:g}" if flag.default != float("inf") else "none"
    option = typer.Option(show_default=False, help=f"{flag.about[0].upper()}{flag.about[1:]} (by default {shown}).")
    return inspect.Parameter(
        flag.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )


def options_with(options: Options, kind: str, settings: dict[str, float | int | None]) -> Options:
    """The options with the settings that were given. Raises ValueError as the options do."""
    whole = {flag.setting: settings[flag.name] for flag in FLAGS[kind] if settings.get(flag.name) is not None}
    inner: dict[str, dict[str, Any]] = {}
    for setting, value in whole.items():
        part, _, name = setting.rpartition(".")
        inner.setdefault(part, {})[name] = value
    changes = inner.pop("", {})
    for part, values in inner.items():
        changes[part] = replace(getattr(options, part), **values)
    return replace(options, **changes) if changes else options  # type: ignore[type-var]


def plainly(options: Any) -> dict[str, Any]:
    """The options as plain values, for those who want to know what was found how; tables of rules are left out."""
    values = {f.name: getattr(options, f.name) for f in fields(options)}
    return {
        # A bound that nothing reaches is none.
        name: plainly(value) if is_dataclass(value) else None if value == float("inf") else value
        for name, value in values.items()
        if is_dataclass(value) or value is None or isinstance(value, bool | int | float | str)
    }
