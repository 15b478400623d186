"""The demonstration world: invented consignments with a known truth, drawn from one seed."""

from pipeline.world.make import World, WorldReport, draw_world, make_world

__all__ = ["World", "WorldReport", "draw_world", "make_world"]
