resource "aws_sagemaker_notebook_instance_lifecycle_configuration" "this" {
  name      = "probe"
  on_create = base64encode("echo create ${var.step}")
  on_start  = base64encode("echo ${var.step}")
  tags      = local.tags
}

resource "aws_sagemaker_code_repository" "this" {
  code_repository_name = "probe"

  git_config {
    branch         = "main"
    repository_url = "https://github.com/example/probe.git"
    secret_arn     = var.step == 1 ? null : "arn:aws:secretsmanager:${local.region}:${var.account}:secret:AmazonSageMaker-probe"
  }

  tags = local.tags
}

resource "aws_sagemaker_notebook_instance" "this" {
  name                    = "probe"
  role_arn                = local.role
  instance_type           = var.step == 1 ? "ml.t3.medium" : "ml.t3.large"
  lifecycle_config_name   = aws_sagemaker_notebook_instance_lifecycle_configuration.this.name
  default_code_repository = aws_sagemaker_code_repository.this.code_repository_name
  platform_identifier     = "notebook-al2-v3"
  additional_code_repositories = (
    var.step == 1 ? ["https://example.com/zebra.git", "https://example.com/aardvark.git"] : ["https://example.com/mole.git"]
  )
  root_access            = "Disabled"
  direct_internet_access = "Disabled"
  subnet_id              = "subnet-11111111"
  security_groups        = ["sg-11111111"]
  kms_key_id             = local.key
  volume_size            = 5 + var.step
  tags                   = local.tags

  instance_metadata_service_configuration {
    minimum_instance_metadata_service_version = "2"
  }
}
