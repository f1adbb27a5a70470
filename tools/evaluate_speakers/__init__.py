"""How well speakers are told apart: on recordings with known turns, and on conversations joined of
recordings of single people.
"""
