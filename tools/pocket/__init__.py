"""Makes the pocket model: synthesise, train, export, evaluate."""
