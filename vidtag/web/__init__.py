"""vidtag in a browser and for other programs: a page and an HTTP API over one queue of jobs."""
