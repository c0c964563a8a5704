package render

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"authreport/templates"
)

// markScript tells the style, before anything is drawn, that scripts run and can unpack the data: the tables for viewers without that stay hidden.
const markScript = `if(window.DecompressionStream)document.documentElement.dataset.scripted=""`

// pageScripts gives the page's scripts, in their order.
func pageScripts(echarts string) ([]string, error) {
	script, err := templates.PageScript()
	if err != nil || echarts == "" {
		return []string{script}, err
	}
	return []string{echarts, script}, nil
}

// pagePolicy is the page's Content Security Policy (CSP Level 3). Scripts and style are allowed by their hashes: nothing that a log put into the page could
// run even if it got past the escaping, and the same report always gives the same bytes.
func pagePolicy(style string, scripts []string) string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	var hashes []string
	for _, s := range scripts {
		hashes = append(hashes, hash(s))
	}
	return "default-src 'none'; script-src " + strings.Join(hashes, " ") + "; style-src " + hash(style) + "; img-src data:; base-uri 'none'; form-action 'none'"
}

// writeScript writes a script of our own as it is. A script that would end its element is an error: it would not be run as it was hashed.
func writeScript(w io.Writer, script string) error {
	for _, end := range []string{"</script", "<!--", "\r"} {
		if strings.Contains(script, end) {
			return fmt.Errorf("script contains %q", end)
		}
	}
	_, err := io.WriteString(w, "<script>"+script+"</script>\n")
	return err
}
