//! Google's `extract` template, the one function of the federation dialect that CEL does not have.

/// Applies a template such as `assumed-role/{role_name}/` to `text`: what stands between the first place of the part before the braces and
/// the first place after that of the part behind them. An empty part stands for the end of the text on its side. Where a part does not
/// occur, the result is empty. `None` if the template does not hold exactly one placeholder.
pub(super) fn extract(text: &str, template: &str) -> Option<String> {
    let (prefix, rest) = template.split_once('{')?;
    let (name, suffix) = rest.split_once('}')?;
    if name.is_empty() || [name, prefix, suffix].iter().any(|part| part.contains(['{', '}'])) {
        return None;
    }
    let Some(start) = text.find(prefix).map(|at| at + prefix.len()) else { return Some(String::new()) };
    let tail = &text[start..];
    let length = if suffix.is_empty() { Some(tail.len()) } else { tail.find(suffix) };
    Some(length.map_or_else(String::new, |length| tail[..length].to_owned()))
}

#[cfg(test)]
mod tests {
    use super::extract;

    #[test]
    fn takes_what_stands_between() {
        let arn = "arn:aws:sts::123456789012:assumed-role/ml-training-role/i-0abc";
        for (template, expected) in [
            ("{account_arn}assumed-role/", Some("arn:aws:sts::123456789012:")),
            ("assumed-role/{role_name}/", Some("ml-training-role")),
            ("assumed-role/{rest}", Some("ml-training-role/i-0abc")),
            ("{all}", Some(arn)),
            ("user/{name}/", Some("")),
            ("assumed-role/{role}?", Some("")),
            ("no placeholder", None),
            ("{}", None),
            ("{a}{b}", None),
            ("}x{", None),
        ] {
            assert_eq!(extract(arn, template).as_deref(), expected, "{template}");
        }
    }
}
