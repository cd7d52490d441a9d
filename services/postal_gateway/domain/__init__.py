"""Where the paper is, who holds it, and what must be done next: pure."""
