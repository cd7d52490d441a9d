"""What intake decides, without I/O, clock or chance: facts and rules in, verdicts out."""
