"""What everything else stands on: records, errors, settings, the document, times as text."""
