"""From stream records to packed chunks in the buffer; what cannot be used goes to quarantine."""
