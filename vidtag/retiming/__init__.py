"""Subtitles that follow an edit of their video."""
