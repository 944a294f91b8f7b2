"""What others wrote, brought to where it can be compared with Stopgap."""
