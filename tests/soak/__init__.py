"""An hour at ten times a province's peak: whether numbers stay fresh and processes stay small."""
