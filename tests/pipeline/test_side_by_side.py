from __future__ import annotations

import pytest

from pipeline.side_by_side import cores, side_by_side

TASKS = [(base, power) for base in range(7) for power in (2, 3)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_tasks(jobs: int) -> None:
    assert list(side_by_side(pow, TASKS, jobs)) == [base**power for base, power in TASKS]


def test_one_job_works_only_as_results_are_taken() -> None:
    done: list[int] = []
    results = side_by_side(done.append, [(1,), (2,)], 1)
    next(results)
    assert done == [1]


def test_no_tasks_have_no_results() -> None:
    assert list(side_by_side(pow, [], 4)) == []
    assert cores() >= 1
