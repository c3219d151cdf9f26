"""Dialogs that plan a training set, a training or a fine-tuning."""
