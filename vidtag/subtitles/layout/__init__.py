"""Words to cues: where subtitles begin, end and break, by the rules of a house style."""
