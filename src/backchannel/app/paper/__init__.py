"""Text on paper: directions, letters that join, rows, pages, and the PDF that they stand in (spec 12.9)."""
