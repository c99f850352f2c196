//! Data-access audit logs, which are switched on by the allow policy of a project. Pure: the edits to such a policy.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Policy, is_empty};

/// One type of log of one service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AuditLog {
    /// For example `sts.googleapis.com`, or `allServices`.
    pub service: String,
    /// `ADMIN_READ`, `DATA_READ` or `DATA_WRITE`.
    pub log_type: String,
}

/// What a policy says about the logs of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditConfig {
    /// The service.
    pub service: String,
    /// The logs that are on.
    #[serde(skip_serializing_if = "is_empty")]
    pub audit_log_configs: Vec<AuditLogConfig>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A type of log that is on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditLogConfig {
    /// The type.
    pub log_type: String,
    /// Everything else, for example whose calls are not logged.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl AuditLog {
    /// Names a log.
    pub fn new(service: impl Into<String>, log_type: impl Into<String>) -> Self {
        Self { service: service.into(), log_type: log_type.into() }
    }
}

impl Policy {
    /// Whether the log is on. That another entry switches it on for all services does not count.
    pub fn has_audit_log(&self, log: &AuditLog) -> bool {
        self.audit_configs.iter().flatten().filter(|config| config.service == log.service).any(|config| config.has(log))
    }

    /// Switches the log on; answers whether that changed anything.
    pub fn add_audit_log(&mut self, log: &AuditLog) -> bool {
        if self.has_audit_log(log) {
            return false;
        }
        let on = AuditLogConfig { log_type: log.log_type.clone(), rest: Map::new() };
        let configs = self.audit_configs.get_or_insert_default();
        match configs.iter_mut().find(|config| config.service == log.service) {
            Some(config) => config.audit_log_configs.push(on),
            None => configs.push(AuditConfig {
                service: log.service.clone(),
                audit_log_configs: vec![on],
                rest: Map::new(),
            }),
        }
        true
    }

    /// Switches the log off; answers whether that changed anything.
    pub fn remove_audit_log(&mut self, log: &AuditLog) -> bool {
        if !self.has_audit_log(log) {
            return false;
        }
        let configs = self.audit_configs.get_or_insert_default();
        for config in configs.iter_mut().filter(|config| config.service == log.service) {
            config.audit_log_configs.retain(|on| on.log_type != log.log_type);
        }
        configs.retain(|config| config.service != log.service || !config.audit_log_configs.is_empty());
        true
    }
}

impl AuditConfig {
    fn has(&self, log: &AuditLog) -> bool {
        self.audit_log_configs.iter().any(|on| on.log_type == log.log_type)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn foreign() -> Value {
        json!({"version": 3, "etag": "e", "auditConfigs": [
            {"service": "allServices", "auditLogConfigs": [{"logType": "ADMIN_READ"}], "novel": 1},
            {"service": "sts.googleapis.com", "auditLogConfigs": [
                {"logType": "DATA_READ", "exemptedMembers": ["user:a@example.com"]}]}]})
    }

    #[test]
    fn an_edit_and_its_reverse_leave_everything_else_as_it_was() {
        let mut policy: Policy = serde_json::from_value(foreign()).unwrap();
        let log = AuditLog::new("sts.googleapis.com", "DATA_WRITE");
        assert!(policy.add_audit_log(&log) && !policy.add_audit_log(&log) && policy.has_audit_log(&log));
        assert!(!policy.add_audit_log(&AuditLog::new("sts.googleapis.com", "DATA_READ")), "it was on already");
        let other = AuditLog::new("aiplatform.googleapis.com", "DATA_READ");
        assert!(policy.add_audit_log(&other));
        assert_eq!(policy.audit_configs.as_ref().unwrap().len(), 3);
        assert!(policy.remove_audit_log(&other) && policy.remove_audit_log(&log) && !policy.remove_audit_log(&log));
        assert_eq!(serde_json::to_value(&policy).unwrap(), foreign());
    }

    #[test]
    fn the_last_one_leaves_an_empty_list_behind() {
        let mut policy = Policy::default();
        let log = AuditLog::new("x", "DATA_READ");
        assert!(!policy.remove_audit_log(&log) && policy.audit_configs.is_none());
        policy.add_audit_log(&log);
        policy.remove_audit_log(&log);
        // Absent would mean "as it was".
        assert_eq!(serde_json::to_value(&policy).unwrap(), json!({"version": 0, "auditConfigs": []}));
    }
}
