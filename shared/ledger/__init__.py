"""The fold: reading the log from a cursor, and keeping state and cursor in one commit."""
