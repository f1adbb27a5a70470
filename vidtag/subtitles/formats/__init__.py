"""Subtitle formats, one module each, and the registry that lists them.

``registry`` finds a format by its name and renders with it; ``read`` reads files back as cues.
``format_types`` says what a format is. docs/adding-a-subtitle-format.md shows how to add one.
"""
