"""Executions of pipelines, step by step."""
