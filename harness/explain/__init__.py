"""From an error's text to the causes that it can have."""
