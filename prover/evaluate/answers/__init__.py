"""Whether two answers to a mathematical question say the same; what computes runs in a process of its own."""
