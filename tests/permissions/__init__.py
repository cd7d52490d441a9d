"""Who may do what on the broker: every user, every kind of request, asked of a real server.

`python -m tests.permissions` compares with the checked-in table, `--write` writes it anew.
"""
