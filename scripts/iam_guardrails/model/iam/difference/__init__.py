"""What a change of policies lets somebody do that they could not do before, and the reverse."""
