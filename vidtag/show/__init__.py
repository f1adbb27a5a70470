"""SHOW: one document becomes subtitles, clips, a reel, timelines and a report."""
