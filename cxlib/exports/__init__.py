"""What leaves in other formats: slides, a workbook with live formulas, a book, a calendar, one archive for the client."""
