"""Rotations under load, conducted: what is published, what client and server are told, and the evidence."""
