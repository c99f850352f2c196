//! AWS regions and the partitions that they belong to: where IAM and STS are, and the region that a signature names.

use std::fmt;

use super::EndpointError;

/// A group of regions with accounts, IAM and ARNs of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct AwsPartition {
    /// As ARNs name it.
    pub name: &'static str,
    /// How the names of its regions begin.
    prefix: &'static str,
    /// What ends the names of its hosts.
    pub dns_suffix: &'static str,
    /// The host of its one IAM.
    iam_host: &'static str,
    /// The region that signatures of IAM calls name.
    iam_region: &'static str,
}

static PARTITIONS: [AwsPartition; 3] = [
    AwsPartition {
        name: "aws-cn",
        prefix: "cn-",
        dns_suffix: "amazonaws.com.cn",
        iam_host: "iam.cn-north-1.amazonaws.com.cn",
        iam_region: "cn-north-1",
    },
    AwsPartition {
        name: "aws-us-gov",
        prefix: "us-gov-",
        dns_suffix: "amazonaws.com",
        iam_host: "iam.us-gov.amazonaws.com",
        iam_region: "us-gov-west-1",
    },
    // The ordinary partition takes every region that no other claims, so that a new one needs no new version.
    AwsPartition {
        name: "aws",
        prefix: "",
        dns_suffix: "amazonaws.com",
        iam_host: "iam.amazonaws.com",
        iam_region: "us-east-1",
    },
];

/// A region, such as `eu-central-1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsRegion {
    name: String,
}

impl AwsRegion {
    /// Takes a region's name. It becomes part of a host name, so nothing else is let through.
    pub fn new(name: &str) -> Result<Self, EndpointError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if begins && name.len() <= 32 && name.bytes().all(plain) && !name.ends_with('-') {
            Ok(Self { name: name.to_owned() })
        } else {
            Err(EndpointError::Region { given: name.to_owned() })
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The partition that it belongs to.
    pub fn partition(&self) -> &'static AwsPartition {
        let [china, government, ordinary] = &PARTITIONS;
        [china, government].into_iter().find(|it| self.name.starts_with(it.prefix)).unwrap_or(ordinary)
    }

    pub(super) fn iam_url(&self) -> String {
        format!("https://{}", self.partition().iam_host)
    }

    /// The region that signatures of IAM calls name.
    pub(crate) fn iam_region(&self) -> &'static str {
        self.partition().iam_region
    }

    pub(super) fn sts_url(&self) -> String {
        format!("https://sts.{}.{}", self.name, self.partition().dns_suffix)
    }
}

impl Default for AwsRegion {
    /// The region that AWS itself falls back to for global services.
    fn default() -> Self {
        Self { name: "us-east-1".to_owned() }
    }
}

impl fmt::Display for AwsRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_hosts() {
        let urls = |region| {
            let region = AwsRegion::new(region).unwrap();
            (region.partition().name, region.iam_url(), region.iam_region(), region.sts_url())
        };
        let (iam, sts) = ("https://iam.amazonaws.com".to_owned(), "https://sts.eu-central-1.amazonaws.com".to_owned());
        assert_eq!(urls("eu-central-1"), ("aws", iam, "us-east-1", sts));
        let (iam, sts) = (
            "https://iam.cn-north-1.amazonaws.com.cn".to_owned(),
            "https://sts.cn-northwest-1.amazonaws.com.cn".to_owned(),
        );
        assert_eq!(urls("cn-northwest-1"), ("aws-cn", iam, "cn-north-1", sts));
        let (iam, sts) =
            ("https://iam.us-gov.amazonaws.com".to_owned(), "https://sts.us-gov-east-1.amazonaws.com".to_owned());
        assert_eq!(urls("us-gov-east-1"), ("aws-us-gov", iam, "us-gov-west-1", sts));
    }

    #[test]
    fn what_could_leave_the_host_name_is_refused() {
        for name in ["", "eu central", "evil.example.com", "eu-1/x", "EU-CENTRAL-1", "-eu", "eu-", "é", &"a".repeat(40)]
        {
            assert!(AwsRegion::new(name).is_err(), "{name:?}");
        }
    }
}
