"""One use of the break-glass role, from its declaration to its review, as a record nobody can change unseen."""
