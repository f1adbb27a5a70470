"""A document as a picture and a page: timeline, statistics, transcript, quality."""
