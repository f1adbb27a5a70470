"""Subtitle files of every common format, ours or another's, read back as cues; nothing is lost
without being named."""
