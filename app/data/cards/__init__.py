"""Cards of the Data tab."""
