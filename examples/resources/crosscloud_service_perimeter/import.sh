# A perimeter that says what no attribute can say, such as a bridge, is not imported: the next apply would take that away.
terraform import crosscloud_service_perimeter.ml accessPolicies/456700000022/servicePerimeters/ml_prod
