package jobs

import (
	"fmt"

	"authreport"
	"authreport/config"
	"authreport/maillog"
)

// NewParser makes the parser of a source's streams, at its beginning.
func NewParser(source config.Source) (maillog.Parser, error) {
	services := make(map[string]maillog.Service, len(source.Services))
	for name, kind := range source.Services {
		services[name] = maillog.Service(kind)
	}
	parser, err := maillog.New(source.Format, maillog.Options{
		Source:        source.Name,
		Location:      source.Zone,
		OwnLocation:   source.OwnZone,
		DefaultDomain: source.DefaultDomain,
		Services:      services,
		Columns:       source.Columns,
		Delimiter:     source.Delimiter,
		Accepted:      source.Accepted,
		Failed:        source.Failed,
		NoTLS:         source.NoTLS,
	})
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", source.Name, err)
	}
	return parser, nil
}

// Kind says how a file of a source is to be read by how its text begins.
func Kind(source config.Source) func(head []byte) authreport.FileKind {
	return func(head []byte) authreport.FileKind { return maillog.KindOf(source.Format, head) }
}
