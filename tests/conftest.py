"""Puts this folder on the import path, so that every test can import the helpers that lie here."""

from hypothesis import settings

# How long an example takes is the machine's affair.
settings.register_profile("prover", deadline=None)
settings.load_profile("prover")
