# An organisation's own rules in Rego: which roles may be granted, and what trusts are called.
package house

import data.settings
import data.trust
import rego.v1

# Every rule that a finding can bear. Severity high and critical refuse a plan unless configured otherwise.
rules := [
	{"id": "house-role", "severity": "high", "summary": "Only agreed roles are granted."},
	{"id": "house-name", "severity": "medium", "summary": "The name of a trust says whose it is."},
]

# The policy checks its own settings: one sentence for each problem.
settings_problems contains "`roles` is missing: list the roles that may be granted" if not settings.roles

settings_problems contains "`teams` is missing: list what names may begin with" if not settings.teams

# The grants on service accounts are how a trust works, not what it is for.
granted contains {"pointer": pointer, "role": binding.role} if {
	some index, binding in input.bindings
	binding.resource_kind != "service_account"
	pointer := sprintf("/bindings/%d/role", [index])
}

findings contains finding if {
	some grant in granted
	not trust.unknown(grant.pointer)
	not grant.role in settings.roles
	finding := {
		"rule": "house-role",
		"pointer": grant.pointer,
		"message": sprintf("The role %s is not agreed on.", [trust.shown(grant.pointer, grant.role)]),
		"remediation": "Take one of those agreed on, or ask the platform team.",
	}
}

# What is not known yet is judged again before anything is created; until then it is no pass.
findings contains finding if {
	some grant in granted
	trust.unknown(grant.pointer)
	finding := {
		"rule": "house-role",
		"verdict": "undetermined",
		"pointer": grant.pointer,
		"message": "Which role is granted is not known yet.",
		"remediation": "Write the role out.",
	}
}

findings contains finding if {
	name := split(input.subject, "/")[1]
	not begins_with_a_team(name)
	finding := {
		"rule": "house-name",
		"pointer": "/subject",
		"path": "name",
		"message": sprintf("The name `%s` does not say whose it is.", [name]),
		"remediation": sprintf("Begin it with one of: %s.", [concat(", ", settings.teams)]),
	}
}

begins_with_a_team(name) if {
	some team in settings.teams
	startswith(name, team)
}
