"""The calls of ``test_border.py``, and their arguments."""
