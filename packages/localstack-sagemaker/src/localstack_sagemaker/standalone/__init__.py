"""SageMaker without LocalStack: a WSGI application that needs botocore and Werkzeug."""
