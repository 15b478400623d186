"""What transponders report of the ships, and what of it is received when."""
