"""Events to clips to video files."""
