"""Cards of the Training tab, with their plots."""
