"""Sound events: posterior curves, and spans drawn from them."""
