# NAME;SOURCE->TARGET[+TARGET], then what the member refers to: on Google the provider, the service account if there is one, and the principal that
# is bound; on Azure the credential; on AWS the role, and the subject in its trust policy
# unless the principal says that.
terraform import 'crosscloud_trust_member.team["reports"]' 'reports;aks->gcp+azure;projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-platform/providers/aks-platform;aks-platform@ml-prod-4711.iam.gserviceaccount.com;principal://iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/aks-platform/subject/system:serviceaccount:reports:backend;/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks-platform/federatedIdentityCredentials/reports'
terraform import crosscloud_trust_member.reports 'reports;aks->aws;arn:aws:iam::123456789012:role/aks-platform;subject:system:serviceaccount:reports:backend'
