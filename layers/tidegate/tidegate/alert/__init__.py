"""From an alert event to a stored record, a readable message and the actions the user chose."""
