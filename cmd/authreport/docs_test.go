package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTroubleshootingQuotes holds that the page of symptoms quotes messages as the program words them.
func TestTroubleshootingQuotes(t *testing.T) {
	const root = "../.."
	var source strings.Builder
	source.WriteString(fs.ErrPermission.Error())
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		source.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "troubleshooting.md"))
	if err != nil {
		t.Fatal(err)
	}
	code, quotes := source.String(), 0
	for line := range strings.Lines(string(page)) {
		symptom, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), "|")
		for _, quote := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(symptom, -1) {
			quotes++
			for part := range strings.SplitSeq(quote[1], "…") {
				if part = strings.TrimSpace(part); !strings.Contains(code, part) {
					t.Errorf("%q is quoted, and %q is nowhere in the program", quote[1], part)
				}
			}
		}
	}
	if quotes == 0 {
		t.Error("no message is quoted")
	}
}
