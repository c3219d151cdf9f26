"""Results for people and programs: tables, figures, pages, series."""
