# SOURCE->TARGET[+TARGET], then the ids of the objects. What is missing is made by the next apply.
terraform import crosscloud_trust.chat 'aks->gcp;projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-chat/providers/aks-chat;aks-chat@ml-prod-4711.iam.gserviceaccount.com'

# `existing:` in front of an id: it is only referred to. Keys, an AKS cluster and `audit_logs` are further parts.
terraform import crosscloud_trust.chat 'aks->azure;existing:/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.ManagedIdentity/userAssignedIdentities/chat/federatedIdentityCredentials/chat'

# While a cluster is replaced no cloud says what its issuers are called.
terraform import crosscloud_trust.assistant 'aks->aws;arn:aws:iam::123456789012:role/assistant;issuer:green=https://westeurope.oic.prod-aks.azure.com/TENANT/CLUSTER/'

# GitHub's immutable ids do not tell the name of a repository that is trusted as a whole.
terraform import crosscloud_trust.deploy 'github_actions->gcp;projects/ml-prod-4711/locations/global/workloadIdentityPools/deploy/providers/deploy;deploy@ml-prod-4711.iam.gserviceaccount.com;repo:octo-org/app'
