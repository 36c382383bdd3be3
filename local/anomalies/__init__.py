"""The anomalies of a stack, or of a replay's folder: found, drawn, judged, exported."""
