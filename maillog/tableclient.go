package maillog

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"authreport"
)

// client gives the row's client, without allocating for one that it knows.
func (t *table) client() *authreport.Client {
	t.key = t.key[:0]
	for _, i := range [...]int{accountCell, senderCell, clientIPCell, tlsCell, cipherCell, mechanismCell, serverCell} {
		t.key = binary.AppendUvarint(t.key, uint64(len(t.cells[i])))
		t.key = append(t.key, t.cells[i]...)
	}
	client := t.clients[string(t.key)]
	if client == nil {
		client = t.newClient()
		if len(t.key) <= longestClient {
			if len(t.clients) >= maxNames {
				clear(t.clients)
			}
			t.clients[string(t.key)] = client
		}
	}
	return client
}

// longestClient is the length in bytes of the longest cells of a client that are kept for the next time.
const longestClient = 1024

func (t *table) newClient() *authreport.Client {
	c := &authreport.Client{
		Server:    string(t.cells[serverCell]),
		Account:   string(t.cells[accountCell]),
		IP:        tableAddress(t.cells[clientIPCell]),
		TLS:       t.tls(t.cells[tlsCell]),
		Mechanism: strings.ToUpper(string(trimBlanks(t.cells[mechanismCell]))),
	}
	if noAccount(t.cells[accountCell]) {
		c.Account = ""
	}
	if c.Server == "" {
		c.Server = t.options.Source
	}
	if c.TLS != authreport.TLSNone {
		c.Cipher = string(t.cells[cipherCell])
	}
	sender := c.Account
	if t.columns[senderCell] != "" {
		sender = bareAddress(string(t.cells[senderCell]))
	}
	c.Sender = authreport.FoldSender(sender)
	c.Domain = authreport.SenderDomain(c.Sender, t.options.DefaultDomain)
	return c
}

// bareAddress takes a name before the address, and the angle brackets around it, off: "Alice <alice@example.org>".
func bareAddress(text string) string {
	text = strings.TrimSpace(text)
	if i := strings.LastIndexByte(text, '<'); i >= 0 && strings.HasSuffix(text, ">") {
		return text[i+1 : len(text)-1]
	}
	return text
}

// tableAddress reads an IP address, also in brackets and with a port; the zero Addr if the cell has none.
func tableAddress(cell []byte) netip.Addr {
	text := string(trimBlanks(cell))
	ip, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}
		}
		ip = withPort.Addr()
	}
	return ip.Unmap().WithZone("")
}

// tls reads a TLS version as any program may spell it: TLSv1.2, TLS 1.2, TLS1_2, tls12, SP_PROT_TLS1_2_SERVER. "none", and what the configuration says
// means none, is none. "TLS" alone and "TLSv1/SSLv3" are names of a family: unknown.
func (t *table) tls(cell []byte) authreport.TLS {
	text := string(trimBlanks(cell))
	for _, none := range t.options.NoTLS {
		if text == none {
			return authreport.TLSNone
		}
	}
	word := strings.ToLower(strings.ReplaceAll(betweenWords.Replace(text), ".", ""))
	word = strings.TrimPrefix(word, "spprot")
	word = strings.TrimSuffix(strings.TrimSuffix(word, "server"), "client")
	switch strings.Replace(word, "v", "", 1) {
	case "none":
		return authreport.TLSNone
	case "ssl2", "ssl3", "ssl30":
		return authreport.SSL30
	case "tls1", "tls10":
		return authreport.TLS10
	case "tls11":
		return authreport.TLS11
	case "tls12":
		return authreport.TLS12
	case "tls13":
		return authreport.TLS13
	}
	return authreport.TLSUnknown
}
