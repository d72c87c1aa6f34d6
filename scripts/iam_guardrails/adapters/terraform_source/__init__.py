"""Terraform's own text: blocks and literal values with their places, so that one part can be replaced."""
