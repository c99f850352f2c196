//! Levels, waivers and the floor.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{
    Choices, Date, Enforcement, EnforcementError, Floor, Level, Moment, Outcome, Ruling, Tally, Waiver, WaiverState,
};
use crate::finding::{Finding, Severity, Verdict};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn known() -> BTreeSet<String> {
    ["gcp-member-pool-star", "gcp-personal-email", "aws-principal-star"].map(str::to_owned).into()
}

fn finding(rule: &str, severity: Severity, verdict: Verdict) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity,
        verdict,
        pointer: "/x".to_owned(),
        path: "to.gcp".to_owned(),
        message: "M.".to_owned(),
        remediation: "R.".to_owned(),
        witness: None,
    }
}

fn waiver(rule: &str, expires: &str) -> Waiver {
    Waiver {
        rule: rule.to_owned(),
        subject: "crosscloud_trust/a".to_owned(),
        owner: "team".to_owned(),
        reason: "migration".to_owned(),
        expires: day(expires),
    }
}

fn levels(entries: &[(&str, Level)]) -> BTreeMap<String, Level> {
    entries.iter().map(|(rule, level)| ((*rule).to_owned(), *level)).collect()
}

const TODAY: &str = "2026-11-22";

fn enforcement(choices: Choices, floor: Option<Floor>) -> Enforcement {
    Enforcement::new(choices, floor, &known(), day(TODAY)).unwrap()
}

fn outcome(enforcement: &Enforcement, finding: Finding, moment: Moment) -> Outcome {
    enforcement.rule("crosscloud_trust/a", vec![finding], moment, day(TODAY))[0].outcome
}

#[test]
fn severities_decide_where_nobody_says_more() {
    let plain = enforcement(Choices::default(), None);
    use Moment::{Final, Undecided};
    use Severity::{Critical, High, Low, Medium};
    use Verdict::{Undetermined, Violation};
    for (severity, verdict, moment, expected) in [
        (Critical, Violation, Undecided, Outcome::Deny),
        (High, Violation, Undecided, Outcome::Deny),
        (Medium, Violation, Final, Outcome::Warn),
        (Low, Violation, Final, Outcome::Warn),
        (Critical, Undetermined, Undecided, Outcome::Warn),
        (Critical, Undetermined, Final, Outcome::Deny),
        (Low, Undetermined, Final, Outcome::Warn),
    ] {
        let found = outcome(&plain, finding("gcp-member-pool-star", severity, verdict), moment);
        assert_eq!(found, expected, "{severity:?} {verdict:?} {moment:?}");
    }
}

#[test]
fn levels_of_rules_count_more() {
    let rules = levels(&[
        ("gcp-member-pool-star", Level::Warn),
        ("gcp-personal-email", Level::Deny),
        ("aws-principal-star", Level::Off),
    ]);
    let chosen = enforcement(Choices { rules, ..Choices::default() }, None);
    let ask = |rule, severity| outcome(&chosen, finding(rule, severity, Verdict::Violation), Moment::Final);
    assert_eq!(ask("gcp-member-pool-star", Severity::Critical), Outcome::Warn);
    assert_eq!(ask("gcp-personal-email", Severity::Low), Outcome::Deny);
    assert_eq!(ask("aws-principal-star", Severity::Critical), Outcome::Off);
    assert_eq!(chosen.switched_off().collect::<Vec<_>>(), ["aws-principal-star"]);
}

#[test]
fn waivers_count_until_their_last_day() {
    let star = || finding("gcp-member-pool-star", Severity::Critical, Verdict::Violation);
    for (expires, expected) in
        [("2026-11-22", Outcome::Waived), ("2026-11-21", Outcome::Deny), ("2027-01-01", Outcome::Waived)]
    {
        let waived =
            enforcement(Choices { waivers: vec![waiver("gcp-member-pool-star", expires)], ..Choices::default() }, None);
        let rulings = waived.rule("crosscloud_trust/a", vec![star()], Moment::Undecided, day(TODAY));
        assert_eq!((rulings[0].outcome, rulings[0].waiver), (expected, Some(0)), "{expires}");
        assert_eq!(Ruling::any_denies(&rulings), expected == Outcome::Deny);
        let elsewhere = waived.rule("crosscloud_trust/b", vec![star()], Moment::Undecided, day(TODAY));
        assert_eq!((elsewhere[0].outcome, elsewhere[0].waiver), (Outcome::Deny, None));
    }
}

#[test]
fn a_floor_only_rises() {
    let floor = || Floor {
        rules: levels(&[("gcp-personal-email", Level::Deny), ("aws-principal-star", Level::Off)]),
        ..Floor::default()
    };
    let rules = levels(&[
        ("gcp-member-pool-star", Level::Off),
        ("gcp-personal-email", Level::Off),
        ("aws-principal-star", Level::Off),
    ]);
    let waivers = vec![waiver("gcp-member-pool-star", "2026-12-01"), waiver("aws-principal-star", "2026-12-01")];
    let lowered = Choices { rules, waivers };
    let held = enforcement(lowered.clone(), Some(floor()));
    let ask =
        |held: &Enforcement, rule, severity| outcome(held, finding(rule, severity, Verdict::Violation), Moment::Final);
    // A rule that the floor does not mention keeps its default; a waiver of it does not count.
    assert_eq!(ask(&held, "gcp-member-pool-star", Severity::Critical), Outcome::Deny);
    assert_eq!(ask(&held, "gcp-member-pool-star", Severity::Low), Outcome::Warn);
    assert_eq!(ask(&held, "gcp-personal-email", Severity::Low), Outcome::Deny);
    assert_eq!(ask(&held, "aws-principal-star", Severity::Critical), Outcome::Off);
    assert_eq!(held.switched_off().collect::<Vec<_>>(), ["aws-principal-star"]);
    // Unless it says so.
    let waivable = Floor { waivable: BTreeSet::from(["gcp-member-pool-star".to_owned()]), ..floor() };
    let held = enforcement(lowered, Some(waivable));
    assert_eq!(ask(&held, "gcp-member-pool-star", Severity::Critical), Outcome::Waived);
    // Its own waivers count, and configurations may ask for more.
    let own = Floor { waivers: vec![waiver("gcp-member-pool-star", "2026-12-01")], ..floor() };
    let tightened = Choices { rules: levels(&[("aws-principal-star", Level::Deny)]), ..Choices::default() };
    let held = enforcement(tightened, Some(own));
    assert_eq!(ask(&held, "gcp-member-pool-star", Severity::Critical), Outcome::Waived);
    assert_eq!(ask(&held, "aws-principal-star", Severity::Low), Outcome::Deny);
}

#[test]
fn says_everything_that_is_wrong() {
    let mut blank = waiver("gcp-member-pool-star", "2026-12-01");
    blank.reason = " ".to_owned();
    let choices = Choices {
        rules: levels(&[("gcp-member-pool-stat", Level::Off)]),
        waivers: vec![blank, waiver("nothing-like-it", "2026-12-01"), waiver("aws-principal-star", "2029-01-01")],
    };
    let floor = Floor { max_waiver_days: Some(90), ..Floor::default() };
    let errors = Enforcement::new(choices, Some(floor), &known(), day(TODAY)).unwrap_err();
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(texts[0].contains("did you mean `gcp-member-pool-star`?"), "{texts:?}");
    assert!(matches!(&errors[1], EnforcementError::UnknownRule { suggestion: None, .. }));
    assert!(matches!(&errors[2], EnforcementError::Blank { part: "reason", .. }));
    assert!(matches!(&errors[3], EnforcementError::TooLong { days: 90, .. }));
    assert_eq!(errors.len(), 4, "{texts:?}");
}

#[test]
fn reads_policy_files_strictly() {
    let floor = Floor::read(
        r#"{"rules": {"gcp-member-pool-star": "deny"}, "waivers": [{"rule": "aws-principal-star", "subject": "s", "owner": "o",
            "reason": "r", "expires": "2026-12-31"}], "settings": {"allowed_issuers": ["https://a.example"]},
            "modules": [{"path": "own.wasm", "sha256": "00"}]}"#,
    )
    .unwrap();
    assert_eq!(floor.rules["gcp-member-pool-star"], Level::Deny);
    let settings =
        floor.settings_over(&json!({"allowed_issuers": ["https://evil.example"], "max_session_duration": 7200}));
    assert_eq!(settings, json!({"allowed_issuers": ["https://a.example"], "max_session_duration": 7200}));
    for text in ["", "[]", r#"{"rule": {}}"#, r#"{"rules": {"x": "allow"}}"#, r#"{"modules": [{"path": "x"}]}"#] {
        assert!(matches!(Floor::read(text), Err(EnforcementError::Floor(_))), "{text}");
    }
}

#[test]
fn tells_which_waivers_were_needed() {
    let choices = Choices {
        waivers: vec![
            waiver("gcp-member-pool-star", "2026-12-01"),
            waiver("gcp-personal-email", "2026-12-01"),
            waiver("aws-principal-star", "2026-01-01"),
        ],
        ..Choices::default()
    };
    let waived = enforcement(choices, None);
    let mut tally = Tally::default();
    for _ in 0..2 {
        let star = finding("gcp-member-pool-star", Severity::Critical, Verdict::Violation);
        tally.add(&waived.rule("crosscloud_trust/a", vec![star], Moment::Final, day(TODAY)));
    }
    let states: Vec<WaiverState> = tally.report(&waived, day(TODAY)).iter().map(|report| report.state).collect();
    assert_eq!(states, [WaiverState::Used(2), WaiverState::Unused, WaiverState::Expired]);
    let rules: Vec<String> = tally.findings(&waived, day(TODAY)).into_iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["x-waiver-unused", "x-waiver-expired"]);
}

#[test]
fn equal_choices_have_one_canonical_text() {
    let one = Choices {
        waivers: vec![waiver("gcp-personal-email", "2026-12-01"), waiver("aws-principal-star", "2026-12-01")],
        rules: levels(&[("aws-principal-star", Level::Warn)]),
    };
    let mut other = one.clone();
    other.waivers.reverse();
    let text = |choices: Choices| enforcement(choices, None).canonical();
    assert_eq!(text(one.clone()), text(other));
    let longer = Choices { waivers: vec![waiver("gcp-personal-email", "2026-12-02")], ..one.clone() };
    assert_ne!(text(one.clone()), text(longer));
    assert_ne!(text(one.clone()), enforcement(one, Some(Floor::default())).canonical());
}

#[test]
fn only_levels_that_name_a_rule_count_for_what_nobody_here_answers_for() {
    let rule = "aws-principal-star";
    let floor = |levels_of: &[(&str, Level)]| Some(Floor { rules: levels(levels_of), ..Floor::default() });
    let choices = |levels_of: &[(&str, Level)]| Choices { rules: levels(levels_of), ..Choices::default() };
    for (choices, floor, expected) in [
        (choices(&[]), None, None),
        (choices(&[]), floor(&[]), None),
        (choices(&[(rule, Level::Warn)]), None, Some(Level::Warn)),
        (choices(&[]), floor(&[(rule, Level::Deny)]), Some(Level::Deny)),
        (choices(&[(rule, Level::Off)]), floor(&[(rule, Level::Warn)]), Some(Level::Warn)),
        // A floor that does not mention the rule keeps what the choices say from falling below the default.
        (choices(&[(rule, Level::Off)]), floor(&[]), Some(Level::Deny)),
    ] {
        assert_eq!(enforcement(choices, floor).named(rule, Severity::High), expected);
    }
}
