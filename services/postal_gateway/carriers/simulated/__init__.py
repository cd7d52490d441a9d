"""A carrier of our own for the demo and for tests: a real server in VNPost's shape."""
