"""Commands that measure: speed, memory, loading, features. Started by ``tools/analysis``."""
