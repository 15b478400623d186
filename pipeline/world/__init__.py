"""The demonstration world: invented consignments, ships and papers with a known truth, drawn from one seed."""

from pipeline.world.make import WorldReport, make_world
from pipeline.world.scenario.load import Scenario, load_scenario

__all__ = ["Scenario", "WorldReport", "load_scenario", "make_world"]
