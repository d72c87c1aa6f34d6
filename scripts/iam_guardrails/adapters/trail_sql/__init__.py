"""The questions about CloudTrail in SQL: Athena's dialect, and DuckDB's by transpiling.

The SQL picks and aggregates; what comes back is turned into the facts of model.trail.facts, and the questions answer
from those as they do for the embedded engine. So who a caller is, how the two records of a call from another account
are joined and what a row says is decided in one place, and an answer cannot depend on the engine.
"""
