"""Analysis: measurements of speed, memory and features. Nothing that trains depends on it."""
