"""The kinds of cases, a file or a folder each: how one is planned, carried out, judged, and reported.

A kind is added by adding its file: whatever module here has a ``KIND`` is found (``harness.kinds.registry``).
"""
