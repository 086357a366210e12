"""A real Lean 4, run as WebAssembly by Node: its set-up, and the parts the loader needs."""
