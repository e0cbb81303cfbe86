"""Tables: rows, columns, estimates and text formats."""
