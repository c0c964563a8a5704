package demo

// Halden Instruments and its domains. Names are of those that RFC 2606 and RFC 6761 keep for examples, addresses of RFC 5737, RFC 2544, RFC 3849 and RFC 1918:
// no real host or person is ever named.
const (
	companyName   = "Halden Instruments"
	host          = "mail" // the server's name in the framing of its lines
	serverName    = "mail.halden.example"
	mainDomain    = "halden.example"
	serviceDomain = "halden-service.example"
	shopDomain    = "haldenshop.example"
	newsDomain    = "news.haldenshop.example"
)

var (
	firstNames = []string{"anna", "bram", "carla", "david", "elena", "farid", "greta", "hugo", "ines", "jan", "katrien", "lotte", "mei", "nils", "olga", "pieter", "quinten", "rosa", "sven", "tara", "umar", "vera", "wout", "xenia", "yusuf", "zoe"}
	lastNames  = []string{"adams", "bakker", "claes", "de-smet", "ekman", "fischer", "goossens", "hansen", "ivanova", "jansen", "keller", "lambert", "martens", "nowak", "o'brien", "peeters", "rossi", "smets", "tanaka", "van-dyck", "wouters", "zimmer"}
	stems      = []string{"acorn", "borealis", "brouwer", "cobalt", "delta", "eastwind", "fjord", "globe", "harbour", "ijzer", "juniper", "kestrel", "lumen", "meridian", "norden", "octavia", "pioneer", "quarry", "rivage", "summit", "tilia", "umbra", "vertex", "waterkant", "yonder", "zenith"}
	tails      = []string{"example.com", "example.net", "example.org"}
	mailboxes  = []string{"info", "office", "orders", "purchasing", "admin", "service", "accounts"}
	guesses    = []string{"admin", "info", "test", "office", "scanner", "support", "postmaster", "sales", "user", "root", "mail", "backup", "webmaster", "admin'--", "=cmd|' /C calc'!A0"}
)

// A department's people share a domain and a way of working.
type department struct {
	name   string
	domain string
	people int // parts of the whole staff
	habit  *habit
	shared string // local part of the mailbox that its people send from as well
	oauth  bool   // signs in with OAuth (RFC 7628's predecessor XOAUTH2, which Dovecot speaks)
}

var departments = []department{
	{"management", mainDomain, 2, &desk, "", false},
	{"sales", mainDomain, 10, &selling, "sales", false},
	{"finance", mainDomain, 4, &desk, "accounts", false},
	{"engineering", mainDomain, 10, &quiet, "", false},
	{"field service", serviceDomain, 12, &field, "planning", false},
	{"warehouse", mainDomain, 5, &quiet, "shipping", false},
	{"IT", mainDomain, 3, &desk, "", true},
	{"web shop", shopDomain, 4, &desk, "help", false},
}

// A device is a machine or an application with an account.
type device struct {
	account   string   // without a domain where the server knows it so; "%s" takes a number where there are several
	senders   []string // all of them used in turn; "%s" as in account
	mechanism string
	service   string
	name      string // reverse name of its address; empty if it has none
	tls       *handshake
	habit     *habit
	perPeople int  // one for so many people; 0: there is one
	replaced  bool // some of them are replaced during the days by ones with TLS1.2
}

// devices are more or less what hangs on the mail server of a firm of this kind. Settings of the old ones never change, so they stay until replaced.
var devices = []device{
	{"printer%s@halden.example", []string{"printer%s@halden.example"}, "LOGIN", "submission/smtpd", "prn%s.lan.halden.example", &tls10, &printing, 9, true},
	{"copier%s@halden.example", []string{"copier%s@halden.example"}, "LOGIN", "submission/smtpd", "", &tls12, &printing, 15, false},
	{"franking@halden.example", []string{"franking@halden.example"}, "PLAIN", "smtpd", "", &tls10old, &reporting, 0, false},
	{"scanner-warehouse", []string{"scanner-warehouse@halden.example"}, "LOGIN", "submission/smtpd", "", &clear, &scanning, 0, false},
	{"ups-serverroom", []string{"ups@halden.example"}, "PLAIN", "submission/smtpd", "", &clear, &weekly, 0, false},
	{"gate-camera@halden.example", []string{"gate-camera@halden.example"}, "PLAIN", "submission/smtpd", "cam-gate.lan.halden.example", &tls10, &guarding, 0, false},
	{"erp@halden.example", []string{"invoices@halden.example", "orders@halden.example", "reminders@halden.example"}, "PLAIN", "smtps/smtpd", "erp.lan.halden.example", &tls12, &billing, 0, false},
	{"payroll@halden.example", []string{"payroll@halden.example"}, "PLAIN", "smtps/smtpd", "hr.lan.halden.example", &tls12cbc, &paying, 0, false},
	{"crm@halden-service.example", []string{"crm@halden-service.example", "visits@halden-service.example"}, "LOGIN", "submission/smtpd", "crm.lan.halden.example", &tls11, &visiting, 0, false},
	{"monitoring", []string{"monitoring@halden.example"}, "PLAIN", "submission/smtpd", "mon.lan.halden.example", &tls13, &watching, 0, false},
	{"backup@halden.example", []string{"backup@halden.example"}, "PLAIN", "submission/smtpd", "nas.lan.halden.example", &tls12, &nightly, 0, false},
	{"tickets@halden-service.example", []string{"tickets@halden-service.example"}, "XOAUTH2", "submission/smtpd", "tickets.lan.halden.example", &tls13, &ticketing, 0, false},
	{"shop@haldenshop.example", []string{"orders@haldenshop.example", "noreply@haldenshop.example"}, "PLAIN", "submission/smtpd", "web1.hosting.example.net", &tls13, &shopping, 0, false},
	{"news@haldenshop.example", []string{"bounces@news.haldenshop.example"}, "PLAIN", "smtps/smtpd", "news.hosting.example.net", &tls13, &mailing, 0, false},
	{"authreport@halden.example", []string{"authreport@halden.example"}, "PLAIN", "submission/smtpd", "mail.halden.example", &tls13, &weekly, 0, false},
}
