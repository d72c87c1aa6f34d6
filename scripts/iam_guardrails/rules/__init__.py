"""What must hold: pure rules over typed values. `RULES` in registry.py is the only list."""
