"""Speed of the windows: `python benchmarks/windows/run.py [--rows N] [--amended SHARE] [--growth] [--no-rivals]`."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rivals import compare
from world import make

RIVAL_ROWS = 500_000
GROWTH_ROWS = (500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 20_000_000)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def measured(rows: int, amended: float, repeats: int) -> dict[str, Any]:
    """Medians over runs in processes of their own, so that the peak of memory is that of the work alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(rows, amended, folder / "tables")
        command = [sys.executable, str(Path(__file__).with_name("product.py")), str(folder / "tables")]
        runs = [
            json.loads(subprocess.run([*command, str(folder / "out")], check=True, capture_output=True).stdout)
            for _ in range(repeats)
        ]
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def show(rows: int, amended: float, repeats: int) -> None:
    figures = measured(rows, amended, repeats)
    say(
        f"| {rows / 1e6:g} | {amended:.0%} | {figures['columns']:.0f} | {figures['cpu_seconds']:.1f} "
        f"| {figures['system_seconds']:.1f} | {figures['cpu_seconds'] / rows * 1e6:.1f} "
        f"| {figures['wall_seconds']:.1f} | {figures['peak_gb']:.2f} |"
    )


def show_rivals() -> None:
    with tempfile.TemporaryDirectory() as name:
        make(RIVAL_ROWS, 0.0, Path(name))
        figures = compare(Path(name))
    ours = figures["features.asof"]["cpu_seconds"]
    say(f"\nOne key, {RIVAL_ROWS / 1e6:g} million rows, 12 columns, medians of 3:\n")
    say("| by | CPU-seconds | wall seconds | CPU ratio to ours | largest relative difference |")
    say("|---|---|---|---|---|")
    for library, each in figures.items():
        say(
            f"| {library} | {each['cpu_seconds']:.2f} | {each['wall_seconds']:.2f} "
            f"| {each['cpu_seconds'] / ours:.1f} | {each['difference']:.1e} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--amended", type=float, default=0.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--growth", action="store_true", help="also from 0.5 to 20 million rows, once each")
    parser.add_argument("--no-rivals", action="store_true")
    arguments = parser.parse_args()
    say("| million rows | amended | columns | CPU-s | of it system | CPU-s per million | wall s | peak GB |")
    say("|---|---|---|---|---|---|---|---|")
    show(arguments.rows, arguments.amended, arguments.repeats)
    if arguments.growth:
        for rows in GROWTH_ROWS:
            show(rows, arguments.amended, 1)
    if not arguments.no_rivals:
        show_rivals()


if __name__ == "__main__":
    main()
