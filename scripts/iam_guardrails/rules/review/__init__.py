"""The boxes of a review, one module each: what is judged, from a capture, without AWS."""
