"""Who reaches what in a whole account: each answer of `decide` for all pairs at once, as bit masks."""
