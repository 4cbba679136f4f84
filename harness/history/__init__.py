"""Histories: the record of every attempt of a load, written as it happens and read again by a judge."""
