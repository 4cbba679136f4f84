"""The wire: what passes between client and server, passed on unchanged and read as far as it is in the clear."""
