"""What the user wants proved: a statement typed in, a problem of a data set, or the holes of a Lean file."""
