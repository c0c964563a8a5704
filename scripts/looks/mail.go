package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
)

// mail takes pictures of the HTML part of a mail, with its own pictures and without: in three widths and both colour schemes.
func (c *camera) mail(file string) error {
	message, err := os.Open(file)
	if err != nil {
		return err
	}
	defer message.Close()
	m, err := mail.ReadMessage(message)
	if err != nil {
		return err
	}
	found := &parts{pictures: map[string]string{}}
	if err := found.read(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), "", m.Body); err != nil {
		return err
	}
	if found.html == "" {
		return fmt.Errorf("it has no HTML part")
	}
	with := found.html
	for id, picture := range found.pictures {
		with = strings.ReplaceAll(with, "cid:"+id, picture)
	}
	for pictures, html := range map[string]string{"with": with, "without": found.html} {
		name := "mail-" + pictures + "-pictures"
		path := filepath.Join(c.out, name+".html")
		if err := os.WriteFile(path, []byte(html), 0o644); err != nil {
			return err
		}
		for _, width := range []int64{320, 600, 1200} {
			for _, scheme := range []string{"light", "dark"} {
				if err := c.shoot(path, fmt.Sprintf("%s-%d-%s", name, width, scheme), width, scheme, look{}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// parts is what of a mail is shown.
type parts struct {
	html     string
	pictures map[string]string // data: addresses, by Content-ID
}

// read looks through an entity of a mail (RFC 2045) and what is in it.
func (p *parts) read(contentType, encoding, id string, body io.Reader) error {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return err
	}
	if strings.HasPrefix(kind, "multipart/") {
		for all := multipart.NewReader(body, parameters["boundary"]); ; {
			part, err := all.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			if err := p.read(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part.Header.Get("Content-ID"), part); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(encoding) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	content, err := io.ReadAll(body)
	switch {
	case err != nil:
		return err
	case kind == "text/html" && p.html == "":
		p.html = string(content)
	case strings.HasPrefix(kind, "image/"):
		p.pictures[strings.Trim(id, "<>")] = "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(content)
	}
	return nil
}
