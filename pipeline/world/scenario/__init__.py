"""The scenario of a world: a module per section, and how they are read."""
