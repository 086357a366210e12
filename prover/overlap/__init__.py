"""What a training corpus shares with a benchmark: normalised statements and runs of tokens."""
