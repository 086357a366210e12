"""Policies: from proof states to scored tactics."""
