"""What ``test_border.py`` calls, and what it calls it with."""
