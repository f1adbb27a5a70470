"""Speech to segments with words, languages and emotions."""
