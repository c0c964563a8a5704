package config

// Notify says who is told, and how, when a report or a recipient has failed for good.
type Notify struct {
	Recipients []string // addresses, groups resolved, each once, in the file's order; empty: nobody is mailed
	Mail       Mail     // how notices leave: by a server of their own, or as the reports do
}

// Administrator is who answers readers of reports: mail.reply_to, or the first who is told of failures; empty: nobody is named.
func (c *Config) Administrator() string {
	if c.Mail.ReplyTo == "" && len(c.Notify.Recipients) > 0 {
		return c.Notify.Recipients[0]
	}
	return c.Mail.ReplyTo
}

// readNotify reads the section notify, once mail and recipients are known.
func readNotify(r *reader, v value, c *Config, groups *recipientReader) Notify {
	n := Notify{Mail: c.Mail}
	r.mapping(v, "notify", []key{
		{"recipients", func(v value) {
			grants := groups.members(v)
			n.Recipients = addresses(grants)
			for _, g := range grants {
				if in := c.granted[mailbox(g.address)]; len(g.domains)+len(in.domains) > 0 || g.pseudonyms || in.pseudonyms {
					r.fault(v.place(), v.key, "must be recipients who may know everything, since notices name recipients and servers; "+g.address+" may not")
				}
			}
		}, ""},
		{"mail", func(v value) {
			before := len(r.faults)
			n.Mail = readMail(r, v, "notify.mail")
			if n.Mail.Host == "" && len(r.faults) == before {
				r.fault(v.at, join(v.key, "host"), "must name the server that notices go through, is missing (without notify.mail they go as reports do)")
			}
		}, ""},
	})
	return n
}
