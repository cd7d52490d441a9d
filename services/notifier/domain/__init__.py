"""What is due, what was said about it, and what to say: pure."""
