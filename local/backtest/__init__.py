"""The detector over history: every interval judged, the scores kept, incidents gathered."""
