"""IAM policy documents and their meaning: a small library of its own, usable alone."""
