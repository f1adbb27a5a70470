"""Films made of clips: the reel that joins them, and social clips for phones."""
