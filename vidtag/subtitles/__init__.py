"""Words to cues to subtitle files."""
