"""Prover: best-first tactic search, driven by a language model, judged by a kernel."""
