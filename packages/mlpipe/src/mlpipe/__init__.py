"""Operations of a SageMaker pipeline that no Terraform resource can do: promotion, shadow tests and leftovers."""

__version__ = "0.1.0"
