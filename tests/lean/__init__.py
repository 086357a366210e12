"""The tests with the real Lean. A package, so that its processes end with the last of them."""
