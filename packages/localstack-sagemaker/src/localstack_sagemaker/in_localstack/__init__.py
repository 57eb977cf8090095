"""LocalStack as the host: the only package that imports LocalStack and moto, apart from the plug-in's entry points."""
