"""Bad input: what arrives broken, odd or hostile at every entry, and what became of it."""
