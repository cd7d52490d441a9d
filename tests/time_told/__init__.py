"""The same deadlines whatever the host thinks of time: its zone, its tables, its clock."""
