package authreport

import "slices"

// Gap is something that a log could not tell of a submission or a failed attempt, for a reason that the administrator can do something about.
// Its value is stored, and serves as a key in documents: it never changes its meaning.
type Gap string

// GapAdvice is what a gap means, in words.
type GapAdvice struct {
	Gap     Gap
	Format  string // as in config.yaml; empty: any
	Missing string // what is not known, as the end of "of 12 submissions "; "the TLS version is not known"
	Remedy  string // which setting of the server would tell it; a sentence
}

// gaps is every gap, in the order of the documentation. A new one needs a line here.
var gaps = []GapAdvice{
	{GapPostfixTLS, "postfix", "the TLS version is not known", "Set smtpd_tls_loglevel = 1 in main.cf (postconf -e smtpd_tls_loglevel=1; postfix reload)."},
	{GapPostfixLost, "postfix", "the TLS version is not known: a line of their sessions is missing", "Keep syslog from dropping lines: in rsyslog $SystemLogRateLimitInterval 0, in journald.conf RateLimitIntervalSec=0."},
	{GapPostfixProcess, "postfix", "the TLS version is not known: the log has no process IDs, so that a session's lines cannot be joined", "Read a log that has them: the container's own output or its syslog instead of mailcow's log from Redis."},
	{GapPostfixAccount, "postfix", "the account is not known: the SASL server named none", "Look into how the SASL server behind smtpd_sasl_path names its users."},
	{GapPostfixFailure, "postfix", "the account that was tried is not known", "Upgrade to Postfix 3.9 or later, which logs sasl_username= with a failure."},
	{GapPostfixCounter, "postfix", "the account that was tried is not known: only the counters at the session's end tell of it", "Nothing, as a rule: AUTH where it is not offered, or once more after a login, is refused without a line of its own. If the log has no lines of severity warning at all, have syslog write them to it."},
	{GapSendmailTLS, "sendmail", "the TLS version is not known", "Set LogLevel to 9 or more, sendmail's default: define(`confLOG_LEVEL', `9') in sendmail.mc, then make the .cf file and restart."},
	{GapSendmailAccount, "sendmail", "the account is not known", "Set LogLevel to 9 or more, sendmail's default: define(`confLOG_LEVEL', `9') in sendmail.mc. If it is, their sessions began before the log does."},
	{GapSendmailFamily, "sendmail", "the TLS version is not known: TLSv1/SSLv3 may be any up to TLS1.2", "Upgrade to sendmail 8.15.1 or later, which logs the version itself."},
	{GapSendmailFailure, "sendmail", "the account that was tried is not known", "Upgrade to sendmail 8.16.1 or later, which logs user= with a failure."},
	{GapEximTLS, "exim", "the TLS version is not known", "Add +tls_cipher to log_selector in Exim's configuration; it is there by default."},
	{GapEximSetID, "exim", "the account is not known", "Give the authenticators in Exim's configuration a server_set_id: $auth2 for PLAIN, $auth1 for LOGIN and most others."},
	{GapEximFailure, "exim", "the account that was tried is not known", "Give the authenticators in Exim's configuration a server_set_id: $auth2 for PLAIN, $auth1 for LOGIN and most others."},
	{GapEximRejectLog, "exim", "they are not counted: their file has only lines that Exim's reject log has, too, which are copies of the main log's", "Leave rejectlog and paniclog out of the source's paths: paths: [/var/log/exim4/mainlog*]."},
	{GapOpenSMTPDFamily, "opensmtpd", "the TLS version is not known: TLSv1/SSLv3 may be any up to TLS1.2", "Upgrade to OpenSMTPD 5.9 or later, which logs the version itself."},
	{GapOpenSMTPDSender, "opensmtpd", "the envelope sender is not known, and shown as <>: a line is missing", "Keep syslog from dropping lines: in rsyslog $SystemLogRateLimitInterval 0, in journald.conf RateLimitIntervalSec=0."},
	{GapExchangeHub, "exchange", "the messages are not known, and not counted: each is a login whose messages only the log of the Transport service tells", `Add its folder ...\TransportRoles\Logs\Hub\ProtocolLog\SmtpReceive to the source's paths, of every mailbox server, and switch its log on: Get-ReceiveConnector | Where-Object TransportRole -eq HubTransport | Set-ReceiveConnector -ProtocolLoggingLevel Verbose.`},
	{GapExchangeFrontEnd, "exchange", "neither the account nor the TLS version is known: only the log of the Front End Transport service tells them", `Add its folder ...\TransportRoles\Logs\FrontEnd\ProtocolLog\SmtpReceive to the source's paths, of every server that clients connect to, and switch its log on: Get-ReceiveConnector | Where-Object TransportRole -eq FrontendTransport | Set-ReceiveConnector -ProtocolLoggingLevel Verbose.`},
	{GapExchangeTLS, "exchange", "the TLS version is not known", "Upgrade Exchange: it logged that TLS began, and not in which version."},
	{GapExchangeFailure, "exchange", "the account that was tried is not known", "Upgrade to Exchange 2013 or later, which logs a line User Name with a failure."},
	{GapTLSName, "", "the TLS version is not known: its name in the log is new", "A newer version of authreport may know it."},
	{GapBeforeLog, "", "the TLS version is not known: their sessions began before the log does", "Nothing: it passes with the first day. Older, rotated files would tell, if they are still there."},
	{GapReportTLS, "smtpcsreport", "the report does not tell the TLS version", "Nothing: Microsoft 365 left the column tls_version empty."},
	{GapTableTLS, "", "the table does not tell the TLS version", "Name the column that has it under columns (tls: …), if there is one, and under no_tls what it says where there was none."},
}

// The gaps that formats share, and those of Postfix.
const (
	GapPostfixTLS Gap = "postfix-tls-loglevel" // no TLS lines: smtpd_tls_loglevel is 0
	GapBeforeLog  Gap = "session-before-log"   // the session's first lines are in no file that was read
	GapTLSName    Gap = "tls-name"             // a version that ParseTLSAsLogged does not know
)

// More gaps of Postfix.
const (
	GapPostfixLost    Gap = "postfix-lost-lines"      // the service shows TLS lines, and this session none though it must have one
	GapPostfixProcess Gap = "postfix-process-id"      // no process ID in the framing
	GapPostfixAccount Gap = "postfix-account"         // sasl_method= and no sasl_username=
	GapPostfixFailure Gap = "postfix-failure-account" // no sasl_username= with a failure, before 3.9
	GapPostfixCounter Gap = "postfix-failure-counter" // no line of a failure, but a counter
)

// The gaps of sendmail and OpenSMTPD.
const (
	GapSendmailTLS     Gap = "sendmail-tls-loglevel"     // no STARTTLS=server lines: LogLevel is below 9
	GapSendmailAccount Gap = "sendmail-account-loglevel" // no AUTH=server lines: likewise
	GapSendmailFamily  Gap = "sendmail-tls-family"       // version=TLSv1/SSLv3, before 8.15.1
	GapSendmailFailure Gap = "sendmail-failure-account"  // no user= with a failure, before 8.16.1
	GapOpenSMTPDFamily Gap = "opensmtpd-tls-family"      // version=TLSv1/SSLv3, before 5.9
	GapOpenSMTPDSender Gap = "opensmtpd-sender"          // no envelope line after a message line
)

// The gaps of Exchange.
const (
	GapExchangeHub      Gap = "exchange-no-hub-log"      // logins that were handed over, and no session that took them over
	GapExchangeFrontEnd Gap = "exchange-no-frontend-log" // messages of sessions that were taken over, and no login
	GapExchangeTLS      Gap = "exchange-tls-version"     // STARTTLS without a line of the TLS protocol
	GapExchangeFailure  Gap = "exchange-failure-account" // no User Name with a failure
)

// The gaps of Exim.
const (
	GapEximTLS       Gap = "exim-tls-cipher"    // no X= in the line of a submission over TLS: log_selector has -tls_cipher
	GapEximSetID     Gap = "exim-server-set-id" // A= without an identity
	GapEximFailure   Gap = "exim-failed-set-id" // a failed attempt without set_id
	GapEximRejectLog Gap = "exim-reject-log"    // failed attempts in what seems to be the reject log
)

// The gaps of tables.
const (
	GapReportTLS Gap = "smtpcsreport-tls" // tls_version is empty
	GapTableTLS  Gap = "table-tls"        // csv, jsonl: no column, or no value in it
)

// Advice gives what is said of g; for a gap that this version does not know, its name.
func (g Gap) Advice() GapAdvice {
	if i := slices.IndexFunc(gaps, func(a GapAdvice) bool { return a.Gap == g }); i >= 0 {
		return gaps[i]
	}
	return GapAdvice{Gap: g, Missing: "something is not known (" + string(g) + ")", Remedy: "A newer version of authreport wrote this, and can say more."}
}

// Gaps gives the advice on every gap, in the order of the documentation.
func Gaps() []GapAdvice { return slices.Clone(gaps) }

// GapCount is how many submissions or failed attempts of one source and day have a gap.
type GapCount struct {
	Day    Day
	Source string
	Gap    Gap
	Count  int64 // at least 1; one submission may have several gaps
}
