"""The same run on a Ray cluster: the driver keeps the queue and the results, actors make the attempts."""
