"""Searching any number of documents for what was heard."""
