"""The open project: the document with its undo, autosave, and the project on disk."""
