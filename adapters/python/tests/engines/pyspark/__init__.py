"""Stands for Spark in tests that need no engine."""
