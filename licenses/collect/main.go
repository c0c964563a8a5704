// Command collect writes licenses/THIRD_PARTY.txt: the licence and notice files of every Go module and npm package that authreport is built from.
// Run it at the top of the tree, by `make licenses`.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var noticeName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|copyright|unlicense|patents)([-.].*)?$`)

func main() {
	log.SetFlags(0)
	var out bytes.Buffer
	fmt.Fprintln(&out, "authreport is built from these libraries. Their licences and notices follow.")
	modules, err := modules()
	if err != nil {
		log.Fatal(err)
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		log.Fatalf("ask for GOROOT: %v", err)
	}
	sources := append([]source{{"Go standard library", strings.TrimSpace(string(goroot))}}, modules...)
	for _, name := range []string{"echarts", "zrender", "tslib"} {
		sources = append(sources, source{"npm " + name, filepath.Join("templates/echarts/node_modules", name)})
	}
	for _, s := range sources {
		if err := s.write(&out); err != nil {
			log.Fatal(err)
		}
	}
	if err := os.WriteFile("licenses/THIRD_PARTY.txt", out.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}

// source is a library and the folder it was downloaded to.
type source struct{ name, dir string }

func (s source) write(out *bytes.Buffer) error {
	paths, err := s.notices()
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return fmt.Errorf("%s: no licence file in %s", s.name, s.dir)
	}
	fmt.Fprintf(out, "\n== %s\n", s.name)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\n-- %s\n%s\n", filepath.Base(path), strings.TrimSpace(string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))))
	}
	return nil
}

// notices lists the licence files at the top of the folder and in its folder licenses, if it has one.
func (s source) notices() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	var paths []string
	for _, e := range entries {
		if e.Type().IsRegular() && noticeName.MatchString(e.Name()) {
			paths = append(paths, filepath.Join(s.dir, e.Name()))
		}
	}
	more, err := filepath.Glob(filepath.Join(s.dir, "licenses", "LICENSE*"))
	return append(paths, more...), err
}

// modules gives the modules that the command's packages come from, by path.
func modules() ([]source, error) {
	list := exec.Command("go", "list", "-deps", "-json=Module", "./cmd/authreport")
	list.Stderr = os.Stderr
	text, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list the packages of ./cmd/authreport: %w", err)
	}
	var found []source
	for decoder := json.NewDecoder(bytes.NewReader(text)); decoder.More(); {
		var p struct {
			Module *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		if err := decoder.Decode(&p); err != nil {
			return nil, fmt.Errorf("read the output of go list: %w", err)
		}
		if p.Module != nil && !p.Module.Main {
			found = append(found, source{p.Module.Path + " " + p.Module.Version, p.Module.Dir})
		}
	}
	slices.SortFunc(found, func(a, b source) int { return strings.Compare(a.name, b.name) })
	return slices.Compact(found), nil
}
