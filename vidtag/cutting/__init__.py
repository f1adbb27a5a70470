"""Clips to files: exact to the frame, and checked before they get their names."""
