"""Makes the pocket model: synthesise, train, export, evaluate (``python -m tools.pocket.build``)."""
