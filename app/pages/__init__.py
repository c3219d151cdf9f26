"""One module per tab: each shows a view and reports edits."""
