"""From what roles used to tighter policies: pure, from values to values; what nothing can show is kept and named."""
