//! Parts of addresses.

/// An address without the keys of instances: `module.ci.google_x.y` of `module.ci["prod"].google_x.y[0]`.
pub(crate) fn without_keys(address: &str) -> String {
    let mut plain = String::with_capacity(address.len());
    let mut rest = address;
    while let Some(start) = rest.find('[') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        rest = &rest[key_end(rest)..];
    }
    plain + rest
}

/// Names of the modules in the address of one, from the outermost on.
pub(crate) fn modules(address: &str) -> Vec<String> {
    without_keys(address).split('.').filter(|part| *part != "module" && !part.is_empty()).map(str::to_owned).collect()
}

/// Where a key in brackets ends. Keys are quoted as in HCL, and may hold brackets.
fn key_end(text: &str) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b']' if !quoted => return place + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_left_out_whatever_they_hold() {
        assert_eq!(without_keys(r#"module.ci["a]\"b"].google_x.y[0]"#), "module.ci.google_x.y");
        assert_eq!(without_keys("aws_x.y"), "aws_x.y");
        assert_eq!(without_keys("aws_x.y[\"open"), "aws_x.y");
        assert_eq!(modules(r#"module.a["x.y"].module.b[1]"#), ["a", "b"]);
        assert!(modules("").is_empty());
    }
}
