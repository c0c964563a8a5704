package maillog

import (
	"slices"
	"strings"
)

// The functions below recognise formats for format: auto. Each says whether a line is unmistakably of its format. It has to hold for every line
// that the format's parser makes something of, since lines before the first recognised one are only counted; and for no line of another server,
// whatever its clients word. line is the whole line, and r what the framing found in it; nil if the line has no framing that is understood.

// postfixDaemons is the last part of the tags of Postfix's processes (master.cf(5), man pages of Postfix 3.11).
var postfixDaemons = []string{
	"anvil", "bounce", "cleanup", "discard", "dnsblog", "error", "flush", "lmtp", "local", "master", "nqmgr", "oqmgr", "pickup", "pipe", "postscreen",
	"proxymap", "qmgr", "qmqpd", "scache", "showq", "smtp", "smtpd", "spawn", "tlsmgr", "tlsproxy", "trivial-rewrite", "verify", "virtual",
}

// recognisePostfix goes by the tag: syslog_name, a slash, and a daemon; "postfix" alone where the framing cut it.
func recognisePostfix(_ []byte, r *record) bool {
	if r == nil || r.from == nil {
		return false
	}
	name, _, slash := strings.Cut(r.from.tag, "/")
	if name == "postfix" {
		return slash || r.from.cut
	}
	return slash && slices.Contains(postfixDaemons, r.from.tag[strings.LastIndexByte(r.from.tag, '/')+1:])
}
