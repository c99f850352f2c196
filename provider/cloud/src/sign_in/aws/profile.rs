//! The shared files of AWS's tools: profiles, and what each says about keys and roles.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lc_rs::digest;

use super::source::{Source, Sso, container};
use super::{AssumeRole, AwsSignIn, Env, Found, WebIdentity, keys, machine, malformed};
use crate::endpoints::AwsRegion;
use crate::secret::Secret;
use crate::sign_in::{SignInError, ask, file};

/// How many profiles may stand behind each other; more is a circle.
const LONGEST_CHAIN: usize = 8;

type Section = BTreeMap<String, Secret>;

/// The shared configuration and credentials.
#[derive(Debug, Default)]
pub(super) struct Files {
    profiles: BTreeMap<String, Section>,
    sessions: BTreeMap<String, Section>,
    paths: Vec<String>,
}

impl Files {
    /// Reads all files. One that is not there is empty, unless it was named.
    pub(super) fn read(config: &AwsSignIn, env: Env<'_>) -> Result<Self, SignInError> {
        let home = env("HOME").or_else(|| env("USERPROFILE")).unwrap_or_default();
        let mut files = Self::default();
        let named = [
            (&config.shared_config_files, "the provider's shared_config_files argument", "AWS_CONFIG_FILE", "config"),
            (
                &config.shared_credentials_files,
                "the provider's shared_credentials_files argument",
                "AWS_SHARED_CREDENTIALS_FILE",
                "credentials",
            ),
        ];
        for (arguments, argument, variable, name) in named {
            let is_config = name == "config";
            if let Some(path) = env(variable).filter(|_| arguments.is_empty()) {
                files.read_one(variable, path, is_config)?;
            } else if arguments.is_empty() {
                let path = format!("{home}/.aws/{name}");
                if std::path::Path::new(&path).exists() {
                    files.read_one(variable, path, is_config)?;
                } else {
                    files.paths.push(path);
                }
            }
            for path in arguments {
                let path = path.strip_prefix("~/").map_or_else(|| path.clone(), |below| format!("{home}/{below}"));
                files.read_one(argument, path, is_config)?;
            }
        }
        Ok(files)
    }

    /// Reads a file that something names.
    fn read_one(&mut self, origin: &str, path: String, is_config: bool) -> Result<(), SignInError> {
        let text = file::read(origin, &path);
        let empty = matches!(&text, Err(SignInError::Unreadable { problem, .. }) if problem == "it is empty");
        if !empty {
            self.add(&format!("the file {path}"), &text?, is_config)?;
        }
        self.paths.push(path);
        Ok(())
    }

    /// Whether there is such a profile.
    pub(super) fn has(&self, profile: &str) -> bool {
        self.profiles.contains_key(profile)
    }

    /// The region of a profile.
    pub(super) fn region(&self, profile: &str) -> Option<String> {
        let region = self.profiles.get(profile)?.get("region")?.expose().to_owned();
        Some(region).filter(|region| !region.is_empty())
    }

    /// Where they were looked for.
    pub(super) fn places(&self) -> String {
        self.paths.join(" or ")
    }

    /// Follows a profile to its source of keys.
    pub(super) fn resolve(&self, origin: &str, name: &str, env: Env<'_>) -> Result<Found, SignInError> {
        let mut found = self.follow(origin, name, env, 0)?;
        found.origin = format!("{origin} (profile {name})");
        Ok(found)
    }

    fn follow(&self, origin: &str, name: &str, env: Env<'_>, depth: usize) -> Result<Found, SignInError> {
        let origin = format!("{origin} (profile {name})");
        let refuse = |problem: &str| Err(malformed(&origin, problem));
        let Some(profile) = self.profiles.get(name) else {
            return refuse(&format!("there is no such profile in {}", self.places()));
        };
        if depth > LONGEST_CHAIN {
            return refuse("its source_profile leads in a circle");
        }
        let text = |key: &str| profile.get(key).map(Secret::expose).filter(|value| !value.is_empty());
        if let Some(role_arn) = text("role_arn") {
            if let Some(token_file) = text("web_identity_token_file") {
                let identity = WebIdentity {
                    role_arn: role_arn.to_owned(),
                    session_name: text("role_session_name").map(str::to_owned),
                    token_file: Some(token_file.to_owned()),
                    ..WebIdentity::default()
                };
                return Ok(Found::new(Source::WebIdentity(identity), &origin));
            }
            let mut found = match (text("source_profile"), text("credential_source")) {
                // A profile may enter a role with keys of its own.
                (Some(source), _) if source == name => self.own(&origin, name, profile)?,
                (Some(source), _) => self.follow(&origin, source, env, depth + 1)?,
                (None, Some("Environment")) => {
                    let given = |variable: &str| env(variable).map(Secret::new);
                    match (env("AWS_ACCESS_KEY_ID"), given("AWS_SECRET_ACCESS_KEY")) {
                        (Some(id), Some(secret)) => {
                            Found::new(keys(&origin, &id, secret, given("AWS_SESSION_TOKEN"))?, &origin)
                        }
                        _ => return refuse("its credential_source is Environment, and AWS_ACCESS_KEY_ID is not set"),
                    }
                }
                (None, Some("Ec2InstanceMetadata")) => machine(env)?,
                (None, Some("EcsContainer")) => match container(env)? {
                    Some(found) => found,
                    None => {
                        return refuse("its credential_source is EcsContainer, and this is not in such a container");
                    }
                },
                (None, Some(_)) => {
                    return refuse(
                        "its credential_source is none of Environment, Ec2InstanceMetadata and EcsContainer",
                    );
                }
                (None, None) => {
                    return refuse("it has a role_arn, and no source_profile or credential_source to enter it with");
                }
            };
            let duration = text("duration_seconds").map(str::parse).transpose();
            let Ok(duration) = duration else { return refuse("its duration_seconds is not a number") };
            found.roles.push(AssumeRole {
                role_arn: role_arn.to_owned(),
                session_name: text("role_session_name").map(str::to_owned),
                external_id: text("external_id").map(str::to_owned),
                duration: duration.map(Duration::from_secs),
            });
            return Ok(found);
        }
        if let Some(account) = text("sso_account_id") {
            let sso = self.sso(&origin, name, profile, account, env)?;
            return Ok(Found::new(Source::Sso(Box::new(sso)), &origin));
        }
        self.own(&origin, name, profile)
    }

    /// Keys that the profile itself gives.
    fn own(&self, origin: &str, name: &str, profile: &Section) -> Result<Found, SignInError> {
        let get = |key: &str| profile.get(key).filter(|value| !value.is_empty());
        match (get("aws_access_key_id"), get("aws_secret_access_key"), get("credential_process")) {
            (Some(id), Some(secret), _) => {
                let source = keys(origin, id.expose(), secret.clone(), get("aws_session_token").cloned())?;
                Ok(Found::new(source, origin))
            }
            (None, None, Some(command)) => {
                Ok(Found::new(Source::Process { command: command.expose().to_owned() }, origin))
            }
            (None, None, None) => {
                let problem = format!("profile {name} has no keys, role, credential_process or sso_account_id");
                Err(malformed(origin, &problem))
            }
            _ => Err(malformed(origin, "it has only one of aws_access_key_id and aws_secret_access_key")),
        }
    }

    fn sso(
        &self,
        origin: &str,
        name: &str,
        profile: &Section,
        account: &str,
        env: Env<'_>,
    ) -> Result<Sso, SignInError> {
        let own = |key: &str| profile.get(key).map(|value| value.expose().to_owned());
        let (session, cached_as) = match own("sso_session") {
            Some(session) => {
                let no_session = || malformed(origin, "its sso_session is not in the shared configuration file");
                (self.sessions.get(&session).ok_or_else(no_session)?, session)
            }
            None => {
                let url =
                    own("sso_start_url").ok_or_else(|| malformed(origin, "it has no sso_session or sso_start_url"))?;
                (profile, url)
            }
        };
        let region = session.get("sso_region").map_or("", |region| region.expose());
        let region =
            AwsRegion::new(region).map_err(|_| malformed(origin, "its sso_region is not the name of a region"))?;
        let portal = env("AWS_ENDPOINT_URL_SSO")
            .unwrap_or_else(|| format!("https://portal.sso.{}.{}/", region.name(), region.partition().dns_suffix));
        let home = env("HOME").or_else(|| env("USERPROFILE")).unwrap_or_default();
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, cached_as.as_bytes());
        let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Sso {
            cache: format!("{home}/.aws/sso/cache/{digest}.json"),
            portal: ask::place(origin, &portal)?,
            account: account.to_owned(),
            role: own("sso_role_name").ok_or_else(|| malformed(origin, "it has no sso_role_name"))?,
            profile: name.to_owned(),
        })
    }

    /// Adds what a file says; the credentials file comes later and wins.
    fn add(&mut self, origin: &str, text: &Secret, is_config: bool) -> Result<(), SignInError> {
        let mut section: Option<&mut Section> = None;
        for (number, line) in text.expose().lines().enumerate() {
            // Settings of a service are indented below its name; none of them is about signing in.
            let nested = line.starts_with([' ', '\t']);
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', ';']) || (nested && section.is_some()) {
                continue;
            }
            let odd = || malformed(origin, &format!("line {} is neither a section nor a setting", number + 1));
            if let Some(header) = line.strip_prefix('[') {
                let header = header.split(']').next().unwrap_or_default().trim();
                section = match (is_config, header.split_once(char::is_whitespace)) {
                    (true, Some(("profile", name))) => Some(self.profiles.entry(name.trim().to_owned()).or_default()),
                    (true, Some(("sso-session", name))) => {
                        Some(self.sessions.entry(name.trim().to_owned()).or_default())
                    }
                    (true, None) if header == "default" => Some(self.profiles.entry(header.to_owned()).or_default()),
                    (true, _) => None,
                    (false, _) => Some(self.profiles.entry(header.to_owned()).or_default()),
                };
                continue;
            }
            let (key, value) = line.split_once('=').ok_or_else(odd)?;
            if let Some(section) = &mut section {
                section.insert(key.trim().to_ascii_lowercase(), Secret::new(value));
            }
        }
        Ok(())
    }
}
