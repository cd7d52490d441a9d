"""Our own guards, broken one at a time: each must be missed by a test that can be named."""
