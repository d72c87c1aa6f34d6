"""Who can raise themselves to administrator, or enter a break-glass role, by published methods and chains of them."""
