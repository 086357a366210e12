"""`python -m prover` is the command line."""

from prover.cli import main

main()
