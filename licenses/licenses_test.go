package licenses

import (
	"os/exec"
	"strings"
	"testing"
)

// TestThirdPartyIsWhole holds the notices against the modules that the program is built from.
func TestThirdPartyIsWhole(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "./cmd/authreport")
	list.Dir = ".."
	text, err := list.Output()
	if err != nil {
		t.Fatalf("list the packages of ./cmd/authreport: %v", err)
	}
	for _, name := range append(strings.Split(strings.TrimSpace(string(text)), "\n"), "npm echarts", "npm zrender", "npm tslib") {
		if !strings.Contains(ThirdParty(), "\n== "+name+"\n") {
			t.Errorf("THIRD_PARTY.txt has no notice of %s: run `make licenses`", name)
		}
	}
}
