"""Mathematics in words, with and without a Python tool: tasks, prompts, answers, scores."""
