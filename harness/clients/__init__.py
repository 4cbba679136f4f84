"""Clients under test, each a process of its own that speaks one line protocol; see ``protocol`` and ``python_probe``.

A *probe* is that program; it connects as its driver does and reports what it saw, and never judges. An *error table*
turns a driver's words into a ``Cause``. This module stays empty of imports: probes import the package to start.
"""
