"""What a command costs: wall time, processor time and peak memory of its process and all that it starts."""

from __future__ import annotations

import resource
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

EVERY = 0.2  # seconds between two looks at the memory
MB = 1e6


class Cost(NamedTuple):
    """Seconds on the wall, seconds of processors, and the most megabytes (10**6 bytes) held at one time."""

    wall: float
    cpu: float
    peak_mb: float


def measured(command: list[str], environment: dict[str, str]) -> tuple[str, Cost]:
    """Runs a command to its end: what it printed, and what it cost.

    Memory is the sum of what its processes hold; what they share counts for each. Raises CalledProcessError where the
    command fails.
    """
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(_pages(number) for number in _family(process.pid)))
        time.sleep(EVERY)
    wall = time.monotonic() - begin
    printed = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, printed)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return printed, Cost(wall, cpu, peak * resource.getpagesize() / MB)


def _family(process: int) -> list[int]:
    """A process, and those that it started, and those that they started."""
    found = [process]
    for parent in found:
        try:
            for thread in Path(f"/proc/{parent}/task").iterdir():
                found += [int(child) for child in (thread / "children").read_text().split()]
        except OSError:
            continue  # it has ended
    return found


def _pages(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0
