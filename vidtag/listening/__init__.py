"""LISTEN: the sound of a video, and its picture beside it, become one document."""
