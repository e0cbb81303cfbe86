"""Tables: rows, columns, measures, and the text formats they are printed in."""
