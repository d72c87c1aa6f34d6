"""What calls of a session leave behind: which object, how to look whether it is still so, and what undoes it."""
