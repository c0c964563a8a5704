// Package templates holds the texts and assets that reports are made of: the mail's templates, the page's template, style and script, and ECharts.
//
// It knows nothing of reports; render reads it. Everything is built into the program.
//
// ECharts is fetched and bundled by go generate, which needs Node.js and npm: npm takes exactly the packages of echarts/package-lock.json (by integrity hash,
// without running scripts of theirs), esbuild makes one script of what echarts/entry.js names. The bundle is not committed.
package templates

import (
	"embed"
	"io/fs"
	"strings"
)

//go:generate npm ci --prefix echarts --ignore-scripts --no-audit --no-fund
//go:generate go tool esbuild echarts/entry.js --bundle --minify --format=iife --global-name=echarts --legal-comments=none "--banner:js=/* Apache ECharts, Copyright The Apache Software Foundation, Apache License 2.0; with zrender (BSD 3-Clause), tslib (0BSD) and code of d3 (BSD 3-Clause). */" --outfile=echarts/dist/echarts.min.js

// FS is all of it: mail/*.tmpl, page/*, languages/*.yaml, echarts/dist/*.
//
//go:embed all:mail all:page all:languages all:echarts/dist
var FS embed.FS

// pageScripts is the page's script in the order in which its files follow each other; they share one scope.
var pageScripts = []string{"format.js", "data.js", "accounts.js", "charts.js", "table.js", "clauses.js", "columns.js", "flyout.js", "figures.js", "filters.js", "clauseform.js", "request.js",
	"page.js"}

// PageScript gives the page's own script: one function that is called at once, so that its names stay its own.
func PageScript() (string, error) {
	var b strings.Builder
	b.WriteString("(() => {\n\"use strict\";\n")
	for _, name := range pageScripts {
		text, err := fs.ReadFile(FS, "page/"+name)
		if err != nil {
			return "", err
		}
		b.Write(text)
	}
	b.WriteString("})();\n")
	return b.String(), nil
}

// ECharts gives the bundle, a plain script that sets the global echarts; ok is false if the program was built without it (see the package comment).
func ECharts() (script string, ok bool) {
	text, err := fs.ReadFile(FS, "echarts/dist/echarts.min.js")
	return string(text), err == nil
}
