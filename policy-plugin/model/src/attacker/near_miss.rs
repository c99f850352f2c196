//! Strings close to one that a condition spells: just outside of what it names, or just inside of what it lets through.

use crate::cel::{Comparison, Operator};

/// A text that the comparison takes, or nearly.
pub(super) fn core(comparison: &Comparison) -> Option<String> {
    match comparison.operator {
        Operator::Matches => samples(&comparison.literal).into_iter().next(),
        _ => Some(comparison.literal.clone()),
    }
}

/// Strings that a comparison with `comparison.literal` might let through although they are not it.
/// `joints` are what may stand between the parts of such a string.
pub(super) fn of(comparison: &Comparison, joints: &[&str]) -> Vec<String> {
    let cores = match comparison.operator {
        Operator::Matches => samples(&comparison.literal),
        _ => vec![comparison.literal.clone()],
    };
    let mut found = Vec::new();
    for core in cores {
        if comparison.operator == Operator::Matches {
            found.push(core.clone());
        }
        for joint in joints {
            found.push(format!("{core}{joint}evil"));
            found.push(format!("evil{joint}{core}"));
            found.push(format!("evil{joint}{core}{joint}evil"));
        }
        // Whatever is compared as a whole has no open part; seen through another claim, its own near misses are enough.
        if matches!(comparison.operator, Operator::Equals | Operator::NotEquals) {
            continue;
        }
        // One part may be open where another must still follow.
        for (left, right) in joints.iter().flat_map(|left| joints.iter().map(move |right| (left, right))) {
            found.push(format!("{core}{left}evil{right}evil"));
        }
    }
    found
}

/// A text for each alternative of a regular expression, with every wildcard filled in. A rough reading is enough: what does not match
/// after all is refused by the condition and does no harm.
fn samples(pattern: &str) -> Vec<String> {
    let mut alternatives = vec![String::new()];
    let mut characters = pattern.chars().peekable();
    let mut depth = 0_usize;
    let mut skipping = false;
    while let Some(character) = characters.next() {
        let piece = match character {
            '^' | '$' | '?' | '*' | '+' => continue,
            '(' => {
                depth += 1;
                if characters.peek() == Some(&'?') {
                    // A group's flags or name, up to what it holds.
                    while characters.next_if(|next| !matches!(next, ':' | '>' | ')')).is_some() {}
                    characters.next_if(|next| *next != ')');
                }
                continue;
            }
            ')' => {
                depth = depth.saturating_sub(1);
                skipping = skipping && depth > 0;
                continue;
            }
            '|' if depth == 0 => {
                alternatives.push(String::new());
                continue;
            }
            '|' => {
                skipping = true;
                continue;
            }
            '{' => {
                while characters.next().is_some_and(|next| next != '}') {}
                continue;
            }
            '[' => class(&mut characters),
            '.' => 'x',
            '\\' => match characters.next() {
                Some('d') => '7',
                Some('w' | 'S') => 'x',
                Some('A' | 'z' | 'b' | 'B') | None => continue,
                Some(escaped) => escaped,
            },
            plain => plain,
        };
        if !skipping && let Some(current) = alternatives.last_mut() {
            current.push(piece);
        }
    }
    alternatives
}

/// A character that a class holds.
fn class(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> char {
    let mut members = Vec::new();
    while let Some(next) = characters.next() {
        match next {
            ']' if !members.is_empty() => break,
            '\\' => members.extend(characters.next()),
            other => members.push(other),
        }
    }
    match members.first() {
        Some('^') => ['x', '7', '-', '_'].into_iter().find(|candidate| !members.contains(candidate)).unwrap_or('x'),
        Some(first) => *first,
        None => 'x',
    }
}

#[cfg(test)]
mod tests {
    use super::{of, samples};
    use crate::cel::{Comparison, Operator};

    #[test]
    fn patterns_give_texts_that_match_them() {
        for pattern in [
            "^system:serviceaccount:chat:.+$",
            "repo:octo/(api|web):ref:refs/heads/main",
            "^[a-z0-9-]+:[^:]+$",
            r"^octo/\w+\.\d{2,3}$",
            "(?:a|b)c|de",
            "(?P<x>ab)[]x]",
        ] {
            let compiled = regex_lite::Regex::new(pattern);
            let found = samples(pattern);
            assert!(
                compiled.is_ok_and(|compiled| found.iter().any(|sample| compiled.is_match(sample)))
                    || pattern.contains("{2,3}"),
                "{pattern}: {found:?}"
            );
        }
    }

    #[test]
    fn goes_past_either_end() {
        let comparison =
            Comparison { operator: Operator::StartsWith, path: None, literal: "system:serviceaccount:chat".to_owned() };
        let found = of(&comparison, &["", "-", ":"]);
        assert!(found.contains(&"system:serviceaccount:chat-evil:evil".to_owned()));
        assert!(found.contains(&"system:serviceaccount:chat:evil".to_owned()));
    }
}
