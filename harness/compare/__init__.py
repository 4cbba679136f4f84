"""Two sides of what was seen, and the facts that tell them apart: pure, it needs only reports."""
