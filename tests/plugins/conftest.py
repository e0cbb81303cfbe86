"""The plugin's own tests run where the plugin is installed; see ``test_plugin.py``."""

collect_ignore = ['toy_plugin']
