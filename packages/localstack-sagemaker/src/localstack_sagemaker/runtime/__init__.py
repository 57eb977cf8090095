"""sagemaker-runtime: invoking endpoints whose containers are answered for by handlers."""
