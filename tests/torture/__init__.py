"""Hostile media: made by ffmpeg and by mutation, and judged by what vidtag does with each.

``python -m tests.torture --cases 2000`` runs all of it; ``test_torture.py`` a part.
"""
