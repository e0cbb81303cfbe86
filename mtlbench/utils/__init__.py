"""Files, terminals and processes: helpers that know nothing of multi-task learning."""
