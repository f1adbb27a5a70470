"""How well event spans are found, on mixed tracks that the pocket model was not trained on.

    python -m tools.evaluate_events --minutes 30 --work FOLDER --out events.json

``tracks.py`` makes the sound and its truth, ``score.py`` compares, ``tune.py`` searches thresholds,
``cost.py`` counts what the event pass adds to recognition, ``alarms.py`` what is made of sounds
that are no event, ``__main__.py`` is the command.
"""
