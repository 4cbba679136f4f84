"""From a run's report to what people and machines read: one file a format."""
