"""What a rotation under load came to, for people, programs and tickets: text, JSON, a picture."""
