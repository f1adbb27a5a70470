"""Makes ``samples/demo.mp4`` and the truth beside it."""
