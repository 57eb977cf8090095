"""sagemaker-runtime: invoking endpoints. Answers and handlers replace their containers."""
