"""Cues to files and back, a module per family of formats."""
