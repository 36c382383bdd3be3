"""The benchmark's rows: each measures what it is named for, beside its floor and its peers."""
