"""Stands for OpenRelik in tests that need no engine."""
