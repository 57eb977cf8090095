provider "aws" {
  region = var.region
}

provider "aws" {
  alias  = "copy"
  region = var.copy_region
}
