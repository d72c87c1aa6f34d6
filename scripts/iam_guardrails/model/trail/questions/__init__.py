"""The questions that are asked of CloudTrail, each written once, whatever the source and the engine.

A question folds the facts of days (model.trail.facts) into rows: frozen values whose fields are the columns. Facts may
come in any order, in parts, and repeatedly; the answer is the same.
"""
