//! What the clouds would refuse of a transfer, found before anything is sent.

use crate::data_transfer::{DataTransfer, FromAzureBlob, FromS3, TransferFrom};
use crate::leaf::{Leaf, Text};
use crate::names::parse_role_arn;
use crate::names::{ArmId, is_aws_account, project_fault, role_name_fault};
use crate::object::gcp::Schedule;
use crate::problem::Problem;
use crate::spec::label_problems;
use crate::target::azure::identity::{self, Paths};

const PATHS: Paths = Paths {
    all: "from.azure_blob",
    subscription_id: "from.azure_blob.subscription_id",
    resource_group: "from.azure_blob.resource_group",
    location: "from.azure_blob.location",
    name: "from.azure_blob.identity_name",
    existing: "from.azure_blob.existing_identity",
};

impl DataTransfer {
    /// Everything that cannot work, with the attribute at fault.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(self.name.known().and_then(|name| job_problem("name", name)));
        problems.extend(self.job_id.as_ref().and_then(Leaf::known).and_then(|id| job_problem("job_id", id)));
        if let Some(fault) = self.project.known().and_then(|project| project_fault(project)) {
            problems.push(Problem::at("project", "Not a Google Cloud project id", fault));
        }
        match &self.from {
            Leaf::Known(TransferFrom::S3(it)) => s3_problems(it, &self.name, &mut problems),
            Leaf::Known(TransferFrom::AzureBlob(it)) => blob_problems(it, &self.name, &mut problems),
            Leaf::Unknown => {}
        }
        if let Some(to) = self.to.known() {
            problems.extend(to.bucket.known().and_then(|it| bucket_problem("to.bucket", it, "gs://")));
            problems.extend(path_problem("to.path", to.path.as_ref()));
        }
        if let Some(Leaf::Known(schedule)) = &self.schedule {
            schedule_problems(schedule, &mut problems);
        }
        if self.schedule.is_some() && self.run_once == Leaf::Known(true) {
            problems.push(Problem::at(
                "run_once",
                "Both a schedule and one run",
                "A job with a schedule runs by itself. For one run at a chosen time, set `end_date` to `start_date`.",
            ));
        }
        problems.extend(label_problems("labels", &self.labels));
        problems
    }
}

fn s3_problems(it: &FromS3, name: &Text, problems: &mut Vec<Problem>) {
    problems.extend(it.bucket.known().and_then(|bucket| bucket_problem("from.s3.bucket", bucket, "s3://")));
    problems.extend(path_problem("from.s3.path", it.path.as_ref()));
    if let Some(arn) = &it.existing_role_arn {
        if arn.known().is_some_and(|arn| parse_role_arn(arn).is_none()) {
            let detail = "It is `arn:aws:iam::ACCOUNT:role/NAME`, as `aws iam get-role --query Role.Arn` prints it.";
            problems.push(Problem::at("from.s3.existing_role_arn", "Not the ARN of a role", detail));
        }
        let own = [
            ("from.s3.account_id", &it.account_id),
            ("from.s3.role_name", &it.role_name),
            ("from.s3.role_path", &it.role_path),
        ];
        for (path, _) in own.into_iter().filter(|(_, value)| value.is_some()) {
            let detail = "`existing_role_arn` says which role is meant; this would say which one to make. Remove one of the two.";
            problems.push(Problem::at(path, "Setting of a role that exists", detail));
        }
        return;
    }
    match &it.account_id {
        None => problems.push(Problem::at(
            "from.s3",
            "No AWS account",
            "Set `account_id` to the account in which to make the role that Google's agent assumes, or `existing_role_arn`.",
        )),
        Some(Leaf::Known(account)) if !is_aws_account(account) => problems.push(Problem::at(
            "from.s3.account_id",
            "Not an AWS account id",
            format!("`{}` is not twelve digits in quotes.", account.escape_debug()),
        )),
        Some(_) => {}
    }
    let (path, role) = match &it.role_name {
        Some(role) => ("from.s3.role_name", role),
        None => ("name", name),
    };
    if let Some(role) = role.known()
        && let Some(fault) = role_name_fault(role)
    {
        let detail = format!("`{}` cannot be one: {fault}.", role.escape_debug());
        problems.push(Problem::at(path, "Not the name of an AWS role", detail));
    }
    if let Some(Leaf::Known(path)) = &it.role_path
        && !(path.starts_with('/') && path.ends_with('/') && path.len() <= 512 && !path.contains("//"))
    {
        let detail = format!("`{}` does not begin and end with a slash.", path.escape_debug());
        problems.push(Problem::at("from.s3.role_path", "Not the path of an AWS role", detail));
    }
}

fn blob_problems(it: &FromAzureBlob, name: &Text, problems: &mut Vec<Problem>) {
    const STORAGE: &str = "Microsoft.Storage/storageAccounts";
    if let Some(id) = it.storage_account_id.known()
        && ArmId::parse(id, STORAGE).is_none()
    {
        problems.push(Problem::at(
            "from.azure_blob.storage_account_id",
            "Not the resource id of a storage account",
            format!(
                "`{}` is not `/subscriptions/ID/resourceGroups/GROUP/providers/{STORAGE}/NAME`, which `az storage account show --query id` prints.",
                id.escape_debug()
            ),
        ));
    }
    if let Some(container) = it.container.known() {
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if !(3..=63).contains(&container.len()) || !container.bytes().all(plain) || container.starts_with('-') {
            let detail = format!(
                "`{}` cannot be one: 3 to 63 lower-case letters, digits and hyphens.",
                container.escape_debug()
            );
            problems.push(Problem::at("from.azure_blob.container", "Not a container", detail));
        }
    }
    problems.extend(path_problem("from.azure_blob.path", it.path.as_ref()));
    match &it.existing_identity {
        Some(Leaf::Known(id)) => problems.extend(identity::id_problem(PATHS.existing, id)),
        Some(Leaf::Unknown) => {}
        None => problems.extend(identity::problems(&it.owned, &PATHS, name)),
    }
    if it.existing_identity.is_some()
        && let Some(path) = it.owned.first_set(&PATHS)
    {
        let detail =
            "`existing_identity` says which one is meant; this would say where a new one goes. Remove one of the two.";
        problems.push(Problem::at(path, "Setting of an identity that exists", detail));
    }
}

fn job_problem(path: &str, name: &str) -> Option<Problem> {
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-_".contains(&c);
    let well_formed = (3..=64).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with(['-', '_'])
        && !name.ends_with(['-', '_'])
        && !name.starts_with("OPI");
    (!well_formed).then(|| {
        let detail = format!(
            "`{}` cannot be one: 3 to 64 letters, digits, hyphens and underscores, with a letter or digit at each end, not beginning with `OPI`.",
            name.escape_debug()
        );
        Problem::at(path, "Not the name of a transfer", detail)
    })
}

fn bucket_problem(path: &str, bucket: &str, scheme: &str) -> Option<Problem> {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-._".contains(&c);
    let well_formed = (3..=222).contains(&bucket.len()) && bucket.bytes().all(plain) && !bucket.starts_with(['-', '.']);
    let hint = if bucket.starts_with(scheme) || bucket.contains('/') {
        " Write its bare name; a folder goes to `path`."
    } else {
        ""
    };
    (!well_formed).then(|| {
        let detail = format!(
            "`{}` cannot be one: 3 or more lower-case letters, digits, hyphens, periods and underscores.{hint}",
            bucket.escape_debug()
        );
        Problem::at(path, "Not the name of a bucket", detail)
    })
}

fn path_problem(path: &str, value: Option<&Text>) -> Option<Problem> {
    let value = value.and_then(Leaf::known)?;
    let wrong = value.starts_with('/') || !value.ends_with('/') || value.len() > 1024 || value.contains(['*', '?']);
    wrong.then(|| {
        let detail = format!(
            "`{}` does not end with a slash, begins with one, or has a wildcard. Leave the argument out for everything.",
            value.escape_debug()
        );
        Problem::at(path, "Not a folder", detail)
    })
}

fn schedule_problems(schedule: &Schedule, problems: &mut Vec<Problem>) {
    let dates =
        [("schedule.start_date", Some(&schedule.start_date)), ("schedule.end_date", schedule.end_date.as_ref())];
    for (path, date) in dates {
        if let Some(date) = date.and_then(Leaf::known)
            && !is_date(date)
        {
            let detail = format!("`{}` is not a day like `2026-11-21`.", date.escape_debug());
            problems.push(Problem::at(path, "Not a date", detail));
        }
    }
    if let (Leaf::Known(start), Some(Leaf::Known(end))) = (&schedule.start_date, &schedule.end_date)
        && is_date(start)
        && is_date(end)
        && end < start
    {
        problems.push(Problem::at(
            "schedule.end_date",
            "Ends before it starts",
            format!("`{end}` is before `{start}`."),
        ));
    }
    if let Some(Leaf::Known(time)) = &schedule.time_of_day
        && !is_time(time)
    {
        let detail = format!("`{}` is not a time like `02:30`, in UTC.", time.escape_debug());
        problems.push(Problem::at("schedule.time_of_day", "Not a time of day", detail));
    }
    if let Some(Leaf::Known(interval)) = &schedule.repeat_interval {
        let seconds = interval.strip_suffix('s').and_then(|digits| digits.parse::<u64>().ok());
        if seconds.is_none_or(|seconds| seconds < 3600) {
            let detail =
                format!("`{}` is not a number of seconds of at least `3600s`, an hour.", interval.escape_debug());
            problems.push(Problem::at("schedule.repeat_interval", "Not an interval", detail));
        }
    }
}

/// Whether this is a day of the Gregorian calendar as `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|c| c.is_ascii_digit());
    if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
        return false;
    }
    let number = |text: &str| text.parse::<u32>().unwrap_or_default();
    let (year, month, day) = (number(year), number(month), number(day));
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

fn is_time(text: &str) -> bool {
    let Some((hours, minutes)) = text.split_once(':') else { return false };
    let below = |text: &str, limit: u32| {
        text.len() == 2 && text.bytes().all(|c| c.is_ascii_digit()) && text.parse::<u32>().is_ok_and(|it| it < limit)
    };
    below(hours, 24) && below(minutes, 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_of_the_calendar() {
        for date in ["2026-11-21", "2028-02-29", "2000-02-29"] {
            assert!(is_date(date), "{date}");
        }
        for date in ["", "2026-13-01", "2026-02-29", "2100-02-29", "2026-1-1", "21.11.2026", "2026-11-31"] {
            assert!(!is_date(date), "{date}");
        }
        assert!(is_time("00:00") && is_time("23:59") && !is_time("24:00") && !is_time("7:30"));
    }
}
