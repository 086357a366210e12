"""lm-evaluation-harness: `model` answers its requests with our engines, `run` keeps what comes of it."""
