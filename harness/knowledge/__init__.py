"""What is known of products (servers, drivers, TLS libraries, runtimes), as data keyed by version ranges."""
