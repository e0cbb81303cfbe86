"""The rendered world: scenes, the renderer, and writers in the datasets' genuine layouts."""
