"""The language server, tested in real clients. A package, so that the server ends with its last test."""
