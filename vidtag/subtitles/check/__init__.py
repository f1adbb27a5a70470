"""Judges subtitles, ours or another's, against a house style."""
