"""Benchmark runs that can be killed anywhere: what is run, the results store, the driver, scores."""
