//! From the attributes of a transfer to its specification.

use std::collections::BTreeMap;

use crosscloud_trust::gcp::Schedule;
use crosscloud_trust::{DataTransfer, FromAzureBlob, FromS3, Leaf, OwnedIdentity, TransferFrom, TransferTo};
use tfplugin::Attr;

use super::model::{AzureBlobModel, DataTransferModel, S3Model, ScheduleModel, TransferFromModel, TransferToModel};
use crate::convert::{
    attr, labels_attr, leaf, leaf_attr, option, option_attr, option_leaf_attr, option_text, switch, switch_attr, text,
    text_map,
};

impl DataTransferModel {
    /// The attributes of a specification, for an import; what is computed is not known yet.
    pub(super) fn of(spec: &DataTransfer) -> Self {
        Self {
            name: attr(&spec.name),
            project: attr(&spec.project),
            job_id: option_attr(&spec.job_id),
            from: leaf_attr(&spec.from, from_attr),
            to: leaf_attr(&spec.to, |it| TransferToModel { bucket: attr(&it.bucket), path: option_attr(&it.path) }),
            schedule: option_leaf_attr(&spec.schedule, |it| ScheduleModel {
                start_date: attr(&it.start_date),
                end_date: option_attr(&it.end_date),
                time_of_day: option_attr(&it.time_of_day),
                repeat_interval: option_attr(&it.repeat_interval),
            }),
            run_once: switch_attr(&spec.run_once),
            disabled: switch_attr(&spec.disabled),
            labels: labels_attr(&spec.labels),
            adopt: Attr::Null,
            job_name: Attr::Unknown,
            agent_email: Attr::Unknown,
            agent_subject: Attr::Unknown,
            role_arn: Attr::Unknown,
            objects: Attr::Unknown,
            realm: Attr::Unknown,
            timeouts: Attr::Null,
        }
    }

    /// What the user asks for.
    pub(super) fn spec(&self) -> DataTransfer {
        DataTransfer {
            name: text(&self.name),
            project: text(&self.project),
            job_id: option_text(&self.job_id),
            from: from(&self.from),
            to: leaf(&self.to, |it: &TransferToModel| TransferTo {
                bucket: text(&it.bucket),
                path: option_text(&it.path),
            }),
            schedule: option(&self.schedule, schedule),
            run_once: switch(&self.run_once),
            disabled: switch(&self.disabled),
            labels: option(&self.labels, text_map).unwrap_or_else(|| Leaf::Known(BTreeMap::new())),
        }
    }
}

fn from_attr(from: &TransferFrom) -> TransferFromModel {
    match from {
        TransferFrom::S3(it) => TransferFromModel {
            s3: Attr::Known(S3Model {
                bucket: attr(&it.bucket),
                path: option_attr(&it.path),
                account_id: option_attr(&it.account_id),
                role_name: option_attr(&it.role_name),
                role_path: option_attr(&it.role_path),
                existing_role_arn: option_attr(&it.existing_role_arn),
            }),
            azure_blob: Attr::Null,
        },
        TransferFrom::AzureBlob(it) => TransferFromModel {
            s3: Attr::Null,
            azure_blob: Attr::Known(AzureBlobModel {
                storage_account_id: attr(&it.storage_account_id),
                container: attr(&it.container),
                path: option_attr(&it.path),
                subscription_id: option_attr(&it.owned.subscription_id),
                resource_group: option_attr(&it.owned.resource_group),
                location: option_attr(&it.owned.location),
                identity_name: option_attr(&it.owned.name),
                existing_identity: option_attr(&it.existing_identity),
            }),
        },
    }
}

fn from(from: &Attr<TransferFromModel>) -> Leaf<TransferFrom> {
    let Attr::Known(from) = from else { return Leaf::Unknown };
    match leaf(&from.s3, |it| TransferFrom::S3(s3(it))) {
        Leaf::Unknown => leaf(&from.azure_blob, |it| TransferFrom::AzureBlob(azure_blob(it))),
        known => known,
    }
}

fn s3(it: &S3Model) -> FromS3 {
    FromS3 {
        bucket: text(&it.bucket),
        path: option_text(&it.path),
        account_id: option_text(&it.account_id),
        role_name: option_text(&it.role_name),
        role_path: option_text(&it.role_path),
        existing_role_arn: option_text(&it.existing_role_arn),
    }
}

fn azure_blob(it: &AzureBlobModel) -> FromAzureBlob {
    FromAzureBlob {
        storage_account_id: text(&it.storage_account_id),
        container: text(&it.container),
        path: option_text(&it.path),
        owned: OwnedIdentity {
            subscription_id: option_text(&it.subscription_id),
            resource_group: option_text(&it.resource_group),
            location: option_text(&it.location),
            name: option_text(&it.identity_name),
        },
        existing_identity: option_text(&it.existing_identity),
    }
}

fn schedule(it: &ScheduleModel) -> Schedule {
    Schedule {
        start_date: text(&it.start_date),
        end_date: option_text(&it.end_date),
        time_of_day: option_text(&it.time_of_day),
        repeat_interval: option_text(&it.repeat_interval),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, each_config};

    #[test]
    fn a_specification_gives_its_attributes_back() {
        for table in [
            include_str!("../../malformed/data-transfer-s3.json"),
            include_str!("../../malformed/data-transfer-azure-blob.json"),
        ] {
            each_config::<DataTransferModel>(table, |model| {
                assert_eq!(DataTransferModel::of(&model.spec()).spec(), model.spec());
            });
        }
    }

    #[test]
    fn malformed_transfers_are_told_at_their_attributes() {
        for table in [
            include_str!("../../malformed/data-transfer-s3.json"),
            include_str!("../../malformed/data-transfer-azure-blob.json"),
        ] {
            check::<DataTransferModel>(table, |model| model.spec().problems());
        }
    }
}
