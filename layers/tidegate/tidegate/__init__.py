"""Tidegate: a stream in, closed intervals out, anomalies found and named.

`contracts` is what passes between the stages; `ingest`, `flush`, `detect` and `alert` are the stages; `aws` and
`memory` implement the small protocols that the stages declare; handlers and the desk tools bring them together.
"""
