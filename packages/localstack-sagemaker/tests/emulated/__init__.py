"""Shared by the tests: a LocalStack server with this plug-in, and an example request for every operation."""
