"""An access review in values: what was looked at, what asks for a decision, what was decided."""
