"""The stages' stores on AWS. Each takes its client, so that a test can give it another."""
