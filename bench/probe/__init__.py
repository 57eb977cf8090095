"""Test AWS provider resources with the emulator: Terraform takes each one through its full lifecycle.

``fixtures`` reads the configurations, ``life`` runs Terraform, ``judge`` turns the observations into a table, and
``page`` renders the table as JSON and Markdown.
"""
