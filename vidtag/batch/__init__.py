"""Many videos: what to do, a ledger of what was done, and runners that do it."""
