"""Splits: against a row-by-row reading of the rules."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.validation import Split, TooFewRows, last_block, microseconds, out_of_time_folds

DAY = 86_400_000_000


def check_split(split: Split, when, gap_days, groups, known, end=None) -> None:
    begin = split.test_from
    test = [i for i, t in enumerate(when) if t >= begin and (end is None or t < end)]
    tested = {groups[i] for i in test}
    train = [
        i
        for i, t in enumerate(when)
        if t < begin and t + gap_days * DAY <= begin and known[i] <= begin and groups[i] not in tested
    ]
    assert split.test.tolist() == test
    assert split.train.tolist() == train
    assert len(train) + sum(split.left_out.values()) == sum(t < begin for t in when)


@st.composite
def histories(draw):
    rows = draw(st.integers(1, 40))
    when = draw(st.lists(st.integers(0, 30).map(lambda day: day * DAY), min_size=rows, max_size=rows))
    known = [t + draw(st.integers(0, 10)) * DAY for t in when]
    groups = draw(st.lists(st.integers(0, 20), min_size=rows, max_size=rows))
    return np.array(when), np.array(known), np.array(groups)


@settings(max_examples=150, deadline=None)
@given(history=histories(), gap_days=st.integers(0, 6), share=st.floats(0.05, 0.9))
def test_last_block_follows_the_rules_row_by_row(history, gap_days, share):
    when, known, groups = history
    try:
        split = last_block(when, timedelta(days=gap_days), test_share=share, groups=groups, label_known_at=known)
    except TooFewRows:
        return
    check_split(split, when, gap_days, groups, known)
    assert len(split.test) >= share * len(when) - 1


@settings(max_examples=150, deadline=None)
@given(history=histories(), gap_days=st.integers(0, 4), folds=st.integers(1, 4))
def test_folds_follow_the_rules_and_test_every_later_row_once(history, gap_days, folds):
    when, known, groups = history
    try:
        splits = out_of_time_folds(when, folds, timedelta(days=gap_days), groups=groups, label_known_at=known)
    except TooFewRows:
        return
    assert len(splits) == folds
    ends = [*(split.test_from for split in splits[1:]), None]
    for split, end in zip(splits, ends, strict=True):
        check_split(split, when, gap_days, groups, known, end)
    tested = np.concatenate([split.test for split in splits])
    assert sorted(tested.tolist()) == np.flatnonzero(when >= splits[0].test_from).tolist()


def test_last_block_from_an_instant_in_any_form_of_time():
    days = np.datetime64("2024-01-01", "D") + np.arange(10)
    start = datetime(2024, 1, 8, tzinfo=UTC)
    for when in (days, days.astype("datetime64[ns]"), days.astype("datetime64[us]").astype(np.int64)):
        split = last_block(when, timedelta(days=2), test_from=start)
        assert split.test.tolist() == [7, 8, 9]
        assert split.train.tolist() == [0, 1, 2, 3, 4, 5]
        assert split.left_out == {"gap": 1, "label_not_known": 0, "group_in_test": 0}


def test_last_block_does_not_part_rows_of_one_night():
    when = np.array([1, 1, 1, 2, 2, 2, 2, 2]) * DAY
    assert last_block(when, timedelta(0), test_share=0.3).test.tolist() == [3, 4, 5, 6, 7]


def test_last_block_says_what_was_needed_and_found():
    when = np.datetime64("2024-01-01T20:00", "us") + np.arange(5).astype("timedelta64[D]")
    with pytest.raises(
        TooFewRows, match=r"Found 0 and 1 of 5 rows \(2024-01-01T20:00Z to 2024-01-05T20:00Z\)"
    ) as caught:
        last_block(when, timedelta(days=30), test_share=0.2)
    for part in ("needs rows to train on", "a gap of 30 days", "'gap': 4", "Give a longer history"):
        assert part in str(caught.value)


@pytest.mark.parametrize("given", [{}, {"test_share": 0.5, "test_from": datetime(2024, 1, 1, tzinfo=UTC)}])
def test_last_block_needs_one_way_of_saying_where_it_begins(given):
    with pytest.raises(ValueError, match="needs either test_share or test_from"):
        last_block(np.arange(5), timedelta(0), **given)


def test_folds_need_as_many_instants():
    with pytest.raises(TooFewRows, match=r"4 folds need 4 different instants to begin at\. Found 2 instants in 50"):
        out_of_time_folds(np.repeat([1, 2], 25), 4, timedelta(0))
    with pytest.raises(TooFewRows, match="Found no rows"):
        out_of_time_folds(np.zeros(0, dtype=np.int64), 4, timedelta(0))


@pytest.mark.parametrize("when", [np.array(["NaT"], dtype="datetime64[us]"), np.array([1.5]), np.array(["x"])])
def test_microseconds_refuses_what_is_no_instant(when):
    with pytest.raises(ValueError, match="Instants must be numpy datetime64 without gaps"):
        microseconds(when)
