"""A language server that offers tactics and proofs, each checked in the file before it is shown."""
