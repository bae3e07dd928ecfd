"""The errors of Spark."""


class PySparkException(Exception):
    """A shard has failed too often."""
