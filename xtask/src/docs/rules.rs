//! The pages of the policy's rules: an index of all of them, and one page for each family with what every rule demands, why, and examples.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;

/// Rules that belong together, by the beginning of their ids.
struct Family {
    prefixes: &'static [&'static str],
    page: &'static str,
    title: &'static str,
    about: &'static str,
}

const FAMILIES: &[Family] = &[
    Family {
        prefixes: &["gcp-wif-"],
        page: "policy-rules-google-federation",
        title: "Google: who comes in",
        about: "Rules on workload identity pools and their providers: issuers, audiences, attribute mappings and attribute conditions.",
    },
    Family {
        prefixes: &["gcp-"],
        page: "policy-rules-google-access",
        title: "Google: what they may do",
        about: "Rules on grants and their members, on keys, and on service perimeters.",
    },
    Family {
        prefixes: &["aws-"],
        page: "policy-rules-aws",
        title: "AWS",
        about: "Rules on IAM roles, their trust policies, and OpenID Connect providers.",
    },
    Family {
        prefixes: &["az-"],
        page: "policy-rules-azure",
        title: "Azure and Entra",
        about: "Rules on federated identity credentials, flexible ones included, and on role assignments.",
    },
    Family {
        prefixes: &["x-"],
        page: "policy-rules-across",
        title: "Across clouds",
        about: "Rules on what several parts make together.",
    },
];

/// Longest value of an example that is shown as it is.
const SHOWN: usize = 400;

/// Every page of the rules, by path under `docs/`.
pub(super) fn pages(rules: &[Value]) -> BTreeMap<PathBuf, String> {
    let mut pages = BTreeMap::from([(path("policy-rules"), index(rules))]);
    for family in FAMILIES {
        pages.insert(path(family.page), page(family, &of(family, rules)));
    }
    pages
}

/// The rules of a family: those that none of the families before it takes.
fn of<'a>(family: &Family, rules: &'a [Value]) -> Vec<&'a Value> {
    let belongs = |family: &Family, id: &str| family.prefixes.iter().any(|prefix| id.starts_with(prefix));
    let first = |id: &str| FAMILIES.iter().find(|family| belongs(family, id)).map(|family| family.page);
    rules.iter().filter(|rule| first(text(&rule["id"])) == Some(family.page)).collect()
}

fn index(rules: &[Value]) -> String {
    let mut page = front_matter(
        "Rules of the policy",
        "Every rule that trusts are judged by, with its severity and what it demands.",
    );
    page.push_str(
        "# Rules of the policy\n\n\
         The built-in policy judges every trust while `terraform plan` runs. It evaluates conditions, trust policies and expressions \
         against tokens that strangers, neighbours and namesakes can really get, and a violation shows the one that gets in.\n\n\
         Findings of severity `critical` and `high` refuse the plan, others warn; `policy.rules` in the provider block says otherwise, rule by \
         rule. A rule of scope `trust` looks at one trust, in the provider and in `crosscloud-gate` alike; one of scope `plan` needs everything of a \
         plan and speaks in the gate only. Where a value is not known yet, the answer is neither yes nor no: the plan warns and names the \
         value, and the trust is judged again before the first call of the apply.\n",
    );
    for family in FAMILIES {
        let rules = of(family, rules);
        let _ = write!(page, "\n## {}\n\n{}\n\n", family.title, family.about);
        page.push_str("| rule | severity | scope | demands |\n| --- | --- | --- | --- |\n");
        for rule in rules {
            let id = text(&rule["id"]);
            let _ = writeln!(
                page,
                "| [`{id}`]({}.md#{id}) | {} | {} | {} |",
                family.page,
                text(&rule["severity"]),
                text(&rule["scope"]),
                text(&rule["summary"]).replace('|', "\\|"),
            );
        }
    }
    page
}

fn page(family: &Family, rules: &[&Value]) -> String {
    let title = format!("Rules of the policy: {}", family.title);
    let mut page = front_matter(&title, family.about);
    let _ = write!(page, "# {title}\n\n{} All rules: [Rules of the policy](policy-rules.md).\n\n", family.about);
    page.push_str(
        "Examples are small changes to a trust that no rule objects to. Each is tested, with the built-in policy as it is.\n",
    );
    for rule in rules {
        let _ = write!(
            page,
            "\n## {}\n\n**{}** Severity {}, scope {}.\n\n{}\n",
            text(&rule["id"]),
            text(&rule["summary"]),
            text(&rule["severity"]),
            text(&rule["scope"]),
            text(&rule["documentation"]),
        );
        for example in rule["examples"].as_array().into_iter().flatten() {
            page.push_str(&shown(example));
        }
    }
    page
}

/// One example: what it is, what changes, and what the policy says.
fn shown(example: &Value) -> String {
    let outcome = match text(&example["outcome"]) {
        "pass" => "Passes",
        "violation" => "Refused",
        _ => "Undetermined",
    };
    let mut shown = format!("\n- {outcome}: {}\n", text(&example["title"]));
    for change in example["changes"].as_array().into_iter().flatten() {
        let (at, value) = (text(&change["at"]), text(&change["value"]));
        if at == "/unknown" || value.len() > SHOWN {
            continue;
        }
        let _ = write!(shown, "\n  ```text\n  {} = {value}\n  ```\n", at.trim_start_matches('/'));
    }
    if let Some(message) = example["message"].as_str() {
        let _ = write!(shown, "\n  > {message} {}\n", text(&example["remediation"]));
    }
    shown
}

fn front_matter(title: &str, description: &str) -> String {
    format!("---\npage_title: \"{title}\"\nsubcategory: \"\"\ndescription: |-\n  {description}\n---\n\n")
}

fn path(page: &str) -> PathBuf {
    PathBuf::from("guides").join(format!("{page}.md"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(id: &str) -> Value {
        json!({"id": id, "severity": "high", "scope": "trust", "summary": "Every x is y.", "documentation": "Because.", "examples": [
            {"title": "a star", "outcome": "violation", "changes": [{"at": "/bindings/0", "value": "\"*\""}], "message": "It is `*`.", "remediation": "Write x."},
        ]})
    }

    #[test]
    fn every_rule_stands_in_the_index_and_on_the_page_of_its_family() {
        let rules = [rule("gcp-wif-a"), rule("gcp-b"), rule("aws-c"), rule("az-d"), rule("x-e")];
        let pages = pages(&rules);
        assert_eq!(pages.len(), 6);
        let index = &pages[&path("policy-rules")];
        assert!(
            index.contains("| [`gcp-b`](policy-rules-google-access.md#gcp-b) | high | trust | Every x is y. |"),
            "{index}"
        );
        assert_eq!(index.matches("| [`").count(), 5);
        let aws = &pages[&path("policy-rules-aws")];
        assert!(aws.contains("\n## aws-c\n\n**Every x is y.** Severity high, scope trust.\n\nBecause.\n"), "{aws}");
        assert!(
            aws.contains("- Refused: a star\n\n  ```text\n  bindings/0 = \"*\"\n  ```\n\n  > It is `*`. Write x.\n"),
            "{aws}"
        );
        assert_eq!(pages.values().filter(|page| page.contains("## gcp-wif-a")).count(), 1);
    }
}
