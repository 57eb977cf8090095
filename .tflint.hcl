# The rules that ship inside tflint: nothing is fetched, so the lint also runs offline.
config {
  call_module_type = "local"
}

plugin "terraform" {
  enabled = true
  preset  = "all"
}
