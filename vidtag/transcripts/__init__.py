"""Transcripts that users bring, read from the files of many programs."""
