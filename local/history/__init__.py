"""Past data from files: rows read by column, aggregated per interval and series."""
