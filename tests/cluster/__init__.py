"""The tests on a real Ray cluster. A package, so that the cluster ends with its last test."""
