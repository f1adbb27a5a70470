"""Models on disk: where they are, how they get there, and what identifies them; without torch."""
