"""Evaluates IAM policies as AWS documents it. It reads no service: policies and context are arguments."""
