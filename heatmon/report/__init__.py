"""Tables and pages that people take away. Each reads settings, the store or the live view."""
