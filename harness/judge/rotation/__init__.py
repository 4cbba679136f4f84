"""The judge of a rotation's history: facts gathered in one pass, one checker a file, the worst finding decides."""
