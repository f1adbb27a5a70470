"""Clips to files, exact to the frame and checked before they get their names.

``cut`` is the way in. ``cut_plan`` finds the frames of a clip. The mode ``exact`` encodes all of
them; ``smart`` and ``copy`` choose what is copied (``copy_recipe``, ``frame_partition``), and
``copy_writer`` writes it with the edges that ``edge_encoding`` encodes. ``verify`` checks.
"""
