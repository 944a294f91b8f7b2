"""A help-desk service with Stopgap; see its README."""
