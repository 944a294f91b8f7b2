"""Other implementations, in a form that can be compared with Stopgap."""
