"""The Python tool: what a model wrote is run, confined; this folder is all that a program sees of ours."""
