"""What each command does, imported when it does it: help and completion need its declaration alone, one folder up."""
