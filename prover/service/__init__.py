"""Prover as a service: suggestion, proof and verification over HTTP, on a web page, and for AI assistants."""
