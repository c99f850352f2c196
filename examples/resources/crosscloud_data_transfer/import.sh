# The job, and the role or identity on the other side; `existing:` in front of one that is only referred to.
# What the transfer agent may do on the bucket becomes the transfer's own, unless another job of the project needs it, too.
terraform import crosscloud_data_transfer.training 'projects/ml-prod-4711/transferJobs/training-data;arn:aws:iam::123456789012:role/training-data'
terraform import crosscloud_data_transfer.features 'projects/ml-prod-4711/transferJobs/ml-features;/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ml-features'
