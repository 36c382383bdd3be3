"""A sample of records, from a file, an S3 object or a live stream: described, and a configuration guessed from it."""
