"""What no Terraform state and no keep rule explains: found, shown and removed."""
