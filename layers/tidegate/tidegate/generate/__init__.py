"""Sample records with planted anomalies: what a deployment is tried with before there are real producers.

Everything is a function of seed and time. Two runs agree, any minute can be made alone, and an incident outlives the
run in which it began.
"""
