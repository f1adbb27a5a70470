"""Several clips made into one film, and a clip made over for phones."""
