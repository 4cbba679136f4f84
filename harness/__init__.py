"""dbtls: a test harness and reference environment for TLS between clients and MySQL-family servers."""
