"""The mmengine metric around the tasks."""
