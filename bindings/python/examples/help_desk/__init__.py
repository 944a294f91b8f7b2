"""A help-desk service that takes Stopgap in; see its README."""
