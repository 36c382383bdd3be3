"""From the buffer to one closed object per interval."""
