"""Transforms: geometry changes once, and every field follows by its kind."""
