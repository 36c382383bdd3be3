"""Quarantined records and failed batches sent to ingest again, under the identities that they have.

docs/operations.md tells why nothing is lost or doubled.
"""
