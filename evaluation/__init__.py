"""Measurements of the project's claims: one module per section of the report.

``python -m evaluation`` (``make report``) runs the sections and writes index.html and
report.json. docs/report.md says how what they need is made.
"""
