"""What of the AWS provider works against the emulator: real Terraform takes every resource through its life.

``fixtures`` reads the configurations, ``life`` runs Terraform, ``judge`` turns what was seen into a table, and
``page`` keeps the table as JSON and Markdown.
"""
