"""From observations to verdicts, pure: the same observations always give the same verdict."""
