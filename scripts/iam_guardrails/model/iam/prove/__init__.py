"""Statements about a policy, proven over all requests or refuted by one of them; `statements` is the way in."""
