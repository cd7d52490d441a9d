"""What makes the boards refuse to be built."""


class BoardError(ValueError):
    """A board is not as it must be; the message names board, panel and fault."""
