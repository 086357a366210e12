"""Isabelle: the same search and the same kind of verdict as for Lean, on Isar text."""
