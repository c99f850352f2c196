//! `crosscloud_data_transfer`.

use crosscloud_trust::gcp::Schedule;
use crosscloud_trust::{DataTransfer, Facts, FromAzureBlob, FromS3, Leaf, TransferFrom, TransferTo};

use super::trust::owned;
use super::{facts, labels, piece_of_graph, root};
use crate::piece::Piece;
use crate::resource::Resource;
use crate::view::View;

pub(super) fn transfer(it: &Resource<'_>) -> Option<Piece> {
    let root = root(it);
    let to = |it: &View<'_>| TransferTo { bucket: it.at("bucket").leaf(), path: it.at("path").option_leaf() };
    let spec = DataTransfer {
        name: root.at("name").leaf(),
        project: root.at("project").leaf(),
        job_id: root.at("job_id").option_leaf(),
        from: from(&root.at("from")),
        to: root.at("to").required(to),
        schedule: root.at("schedule").optional(schedule),
        run_once: root.at("run_once").switch(false),
        disabled: root.at("disabled").switch(false),
        labels: labels(&root),
    };
    let agent =
        |facts: &Facts| vec![("agent_email", spec.agent_email(facts)), ("agent_subject", spec.agent_subject(facts))];
    let facts = facts::planned(it, |facts| spec.graph(facts), agent);
    piece_of_graph(it, &spec.name, &spec.graph(&facts), &facts)
}

fn from(from: &View<'_>) -> Leaf<TransferFrom> {
    match from.at("s3").required(|it| TransferFrom::S3(s3(it))) {
        Leaf::Unknown => from.at("azure_blob").required(|it| TransferFrom::AzureBlob(azure_blob(it))),
        known => known,
    }
}

fn s3(it: &View<'_>) -> FromS3 {
    FromS3 {
        bucket: it.at("bucket").leaf(),
        path: it.at("path").option_leaf(),
        account_id: it.at("account_id").option_leaf(),
        role_name: it.at("role_name").option_leaf(),
        role_path: it.at("role_path").option_leaf(),
        existing_role_arn: it.at("existing_role_arn").option_leaf(),
    }
}

fn azure_blob(it: &View<'_>) -> FromAzureBlob {
    FromAzureBlob {
        storage_account_id: it.at("storage_account_id").leaf(),
        container: it.at("container").leaf(),
        path: it.at("path").option_leaf(),
        owned: owned(it),
        existing_identity: it.at("existing_identity").option_leaf(),
    }
}

fn schedule(it: &View<'_>) -> Schedule {
    Schedule {
        start_date: it.at("start_date").leaf(),
        end_date: it.at("end_date").option_leaf(),
        time_of_day: it.at("time_of_day").option_leaf(),
        repeat_interval: it.at("repeat_interval").option_leaf(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::known;

    #[test]
    fn a_transfer_from_s3_makes_a_role_for_its_agent() {
        let piece = known(
            "crosscloud_data_transfer",
            json!({"name": "nightly", "project": "p", "from": {"s3": {"bucket": "b", "account_id": "123456789012"}, "azure_blob": null},
                "to": {"bucket": "g"}, "run_once": true, "agent_email": "a@example.com", "agent_subject": "100000000000000000001"}),
        );
        assert_eq!(piece.document.aws_roles.len(), 1);
        assert!(!piece.document.is_unknown("/aws_roles/0/assume_role_policy"));
    }
}
