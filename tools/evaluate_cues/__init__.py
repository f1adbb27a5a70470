"""How close the layout comes to cues that professionals made; ``python -m tools.evaluate_cues``."""
