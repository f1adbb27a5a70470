"""What was heard, for the editor's own program: markers on the source, and the highlights cut."""
