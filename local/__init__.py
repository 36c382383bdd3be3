"""What runs on a desk: the command line, the embedded AWS, the event-source driver, the report."""
