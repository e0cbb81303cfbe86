"""What trains: loops, hooks, mixed precision, distribution, and the launch of a run."""
