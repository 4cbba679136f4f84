"""Load: arrivals on an open-loop schedule, made by locust in a process of its own, each attempt recorded."""
