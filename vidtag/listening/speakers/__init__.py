"""Who speaks when: sound to voices, to speakers, to turns, to segments of one speaker."""
