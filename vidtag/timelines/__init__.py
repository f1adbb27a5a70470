"""Timelines for editing programs: markers on the whole video, and the highlights cut together."""
