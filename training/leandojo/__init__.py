"""LeanDojo's data, its benchmark files and its traced repositories, as training steps and statements."""
