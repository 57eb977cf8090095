"""What the tests share: a real LocalStack with this plug-in, and examples of everything that it can be asked."""
