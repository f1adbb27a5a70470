"""How well points made in speech are found: precision and recall over judged sentences."""
