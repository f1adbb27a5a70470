"""The layout of subtitles: where each cue begins, ends and breaks into lines, by a style profile.

``cues.lay_out`` is the way in. What it does, in order:

==============  =====================================================================
``units``       document -> units: words, markers and tags that no cue or line breaks.
                ``speech_units`` makes those of speech, ``word_times`` puts the times of
                their words right, ``breaks`` says how good a break after each would be,
                ``gap_scores`` how likely a professional would end a subtitle there,
                ``tags`` and ``marker_placement`` add what is not speech (worded by
                ``markers``), and ``wide_units`` cuts what is wider than a line.
``unit_table``  units -> a table with an array per property: width (``ruler``), in-time
                (``in_times``), cost of a break after it (``boundary_costs``).
``dividing``    table -> the cheapest division of the units into cues and lines, where
                ``cue_costs`` is what each cue would cost, with the weights of ``taste``.
``cues``        division -> laid out cues, with their out-times (``out_times``).
==============  =====================================================================

``rules`` has the figures of every profile, ``frame_grid`` the frames that all times lie on.
``docs/subtitles.md`` explains the costs. ``rebase`` cuts finished cues to a clip.
"""
