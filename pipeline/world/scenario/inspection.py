"""The section `inspection` of a scenario: what the officers open, why, and what they find."""

from __future__ import annotations

from typing import Literal

from pipeline.world.scenario.bounds import Frozen, NotNegative, Place, Positive, Range, Share

Seen = Literal["cheap", "odd_route", "reputation", "far_office", "amended", "vague"]


class Policy(Frozen):
    """Which consignments the officers open, and why. `weights` are log-odds of what they see."""

    random_share: Share
    rule_share: Share
    inspected_share: Share
    noise: NotNegative
    weights: dict[Seen, float]
    far_offices: tuple[Place, ...]


class FindingsOfWorld(Frozen):
    """What an inspection finds, given the truth."""

    detected: Share
    inconclusive: Share
    settled_later: Share
    officer_hours: Positive
    recovered_share: Range


class Inspection(Frozen):
    """The section as a whole."""

    policy: Policy
    findings: FindingsOfWorld
