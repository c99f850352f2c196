# Functions that every policy may use: `import data.trust`.
package trust

import rego.v1

# Whether the value at a JSON pointer is not known yet, by itself or as part of something that is not.
unknown(pointer) if {
	some place in object.get(input, "unknown", [])
	startswith(concat("", [pointer, "/"]), concat("", [place, "/"]))
}

# Whether the value at a JSON pointer must not be shown.
sensitive(pointer) if {
	some place in object.get(input, "sensitive", [])
	startswith(concat("", [pointer, "/"]), concat("", [place, "/"]))
}

# A value for a message, or a word in its stead where it must not be shown.
shown(pointer, value) := sprintf("`%s`", [value]) if not sensitive(pointer)

shown(pointer, _) := "a sensitive value" if sensitive(pointer)
