"""Subtitles: a document laid out as cues (``layout``), written and read as files (``formats``),
checked against a profile (``check``), and put into a video (``burn``, ``mux``).
"""
