// Package licenses holds the licence of authreport and the notices of the libraries built into it.
//
// `make licenses` collects the notices from the modules and npm packages as downloaded; a test holds them against what the program is built from.
package licenses

import _ "embed"

//go:embed THIRD_PARTY.txt
var thirdParty string

// ThirdParty is the notices of every library built in, each under a heading "== module version".
func ThirdParty() string { return thirdParty }
