# Defaults of the SageMaker Python SDK, in its format:
# https://sagemaker.readthedocs.io/en/stable/overview.html#configuring-and-using-defaults-with-the-sagemaker-python-sdk
# Its schema rejects null, so what is null is left out.
locals {
  sdk = var.sdk_defaults == null ? { default_bucket = null, kms_key_arn = null, security_group_ids = [], subnet_ids = [], volume_kms_key_arn = null } : var.sdk_defaults

  sdk_output_key = { for key, arn in { KmsKeyId = local.sdk.kms_key_arn } : key => arn if arn != null }
  sdk_s3_key     = { for key, arn in { S3KmsKeyId = local.sdk.kms_key_arn } : key => arn if arn != null }
  sdk_volume_key = { for key, arn in { VolumeKmsKeyId = local.sdk.volume_kms_key_arn } : key => arn if arn != null }
  sdk_session    = { for key, name in { DefaultS3Bucket = local.sdk.default_bucket } : key => name if name != null }
  sdk_vpc = length(local.sdk.subnet_ids) == 0 ? {} : {
    VpcConfig = { SecurityGroupIds = local.sdk.security_group_ids, Subnets = local.sdk.subnet_ids }
  }

  sdk_config = {
    SchemaVersion = "1.0"
    SageMaker = {
      EndpointConfig = { for key, arn in { KmsKeyId = local.sdk.volume_kms_key_arn } : key => arn if arn != null }
      Model          = merge({ ExecutionRoleArn = var.role_arn }, local.sdk_vpc)
      ProcessingJob = merge(
        { RoleArn = var.role_arn },
        { ProcessingOutputConfig = local.sdk_output_key },
        { ProcessingResources = { ClusterConfig = local.sdk_volume_key } },
        length(local.sdk_vpc) == 0 ? {} : { NetworkConfig = local.sdk_vpc },
      )
      PythonSDK = {
        Modules = {
          RemoteFunction = merge({ RoleArn = var.role_arn }, local.sdk_s3_key, local.sdk_volume_key, local.sdk_vpc)
          Session        = local.sdk_session
        }
      }
      TrainingJob = merge(
        { RoleArn = var.role_arn },
        { OutputDataConfig = local.sdk_output_key },
        { ResourceConfig = local.sdk_volume_key },
        local.sdk_vpc,
      )
      TransformJob = { TransformOutput = local.sdk_output_key, TransformResources = local.sdk_volume_key }
    }
  }
}
