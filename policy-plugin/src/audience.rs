//! Audiences: for whom a token was made.

/// Who else asks for tokens with this audience, if that is known.
#[must_use]
pub fn whose(audience: &str) -> Option<&'static str> {
    let plain = audience.trim().trim_end_matches('/').to_ascii_lowercase();
    match plain.as_str() {
        "" | "*" => Some("no audience of anybody"),
        "sts.amazonaws.com" => Some("that of AWS"),
        "api://azureadtokenexchange" => Some("that of Microsoft Entra"),
        "https://gitlab.com" | "https://gitlab" => Some("the default of GitLab"),
        "sigstore" => Some("that of Sigstore"),
        "vault" => Some("that of Vault"),
        kubernetes if kubernetes.starts_with("https://kubernetes.default") => Some("that of the Kubernetes API"),
        github if github.starts_with("https://github.com/") => Some("GitHub's default for a whole owner"),
        azure
            if azure.starts_with("https://management.azure.com")
                || azure.starts_with("https://graph.microsoft.com") =>
        {
            Some("that of an Azure API")
        }
        _ => None,
    }
}
