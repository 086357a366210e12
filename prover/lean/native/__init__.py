"""Lean from elan, in a Lake project of the user's: the community REPL, Pantograph, Kimina Lean Server."""
