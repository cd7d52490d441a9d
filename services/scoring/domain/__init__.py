"""Facts in, numbers out: what a dossier and a petition are, and what they count as."""
