"""Searching any number of documents for events, speech and words."""
