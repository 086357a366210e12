"""Isabelle's own server as a back end: whole theories, checked in warm sessions."""
