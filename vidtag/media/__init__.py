"""Reading media: what a file holds, and its sound."""
