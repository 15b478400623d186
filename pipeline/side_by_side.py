"""One function over many tasks, in several processes where that is asked for; results in the order of the tasks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import starmap
from typing import Any, TypeVar

from joblib import Parallel, delayed

Result = TypeVar("Result")


def side_by_side(work: Callable[..., Result], tasks: Sequence[tuple[Any, ...]], jobs: int) -> Iterator[Result]:
    """What `work` gives for the arguments of each task, one after the other as they are asked for.

    With one job, or one task, all is done in this process. `work` is a function of a module, so that other processes
    find it. A result is kept until those before it were taken.
    """
    if min(jobs, len(tasks)) <= 1:
        return starmap(work, tasks)
    several: Iterator[Result] = Parallel(n_jobs=min(jobs, len(tasks)), return_as="generator")(
        delayed(work)(*task) for task in tasks
    )
    return several


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
