"""What happens: one straight line per journey, from edge to edge."""
