"""How the world is reached: one module per thing spoken to."""
