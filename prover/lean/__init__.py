"""Talks to Lean: protocol, one process, many processes, and the Lean that runs inside Node."""
