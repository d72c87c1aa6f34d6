"""The removal of stale access in values: what is there, what takes it away, what gives it back."""
