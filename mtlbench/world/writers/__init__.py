"""Rendered pictures on disk, in the genuine layout and encodings of a dataset."""
