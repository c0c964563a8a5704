package deliver

import (
	"crypto/hmac"
	"crypto/md5" // of CRAM-MD5, RFC 2195
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/xdg-go/scram"
)

// Auth does AUTH as servers do; SCRAM is by another library than the client's.
func (s *serverSession) Auth(mechanism string) (sasl.Server, error) {
	switch mechanism {
	case "PLAIN":
		return sasl.NewPlainServer(func(_, user, password string) error { return s.login(mechanism, user, s.knows(user, password)) }), nil
	case "LOGIN":
		return &dialogue{questions: []string{"Username:", "Password:"}, check: func(a []string) error {
			return s.login(mechanism, a[0], s.knows(a[0], a[1]))
		}}, nil
	case "CRAM-MD5":
		return s.cramMD5(), nil
	case "SCRAM-SHA-1":
		return s.scram(mechanism, scram.SHA1)
	case "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS":
		return s.scram(mechanism, scram.SHA256)
	case "SCRAM-SHA-1-PLUS":
		return s.scram(mechanism, scram.SHA1)
	case "XOAUTH2":
		return &bearerServer{session: s}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (s *serverSession) knows(user, password string) bool {
	want, ok := s.server.users[user]
	return ok && want == password
}

// login notes how an AUTH ended.
func (s *serverSession) login(mechanism, user string, right bool) error {
	s.server.mutex.Lock()
	defer s.server.mutex.Unlock()
	if !right {
		s.server.refused++
		return smtp.ErrAuthFailed
	}
	s.user = user
	s.server.logins = append(s.server.logins, mechanism+" "+user)
	return nil
}

func (s *serverSession) cramMD5() sasl.Server {
	const challenge = "<1896.697170952@mx1.example.org>"
	return &dialogue{questions: []string{challenge}, check: func(a []string) error {
		for user, password := range s.server.users {
			mac := hmac.New(md5.New, []byte(password))
			mac.Write([]byte(challenge))
			if a[0] == user+" "+hex.EncodeToString(mac.Sum(nil)) {
				return s.login("CRAM-MD5", user, true)
			}
		}
		return s.login("CRAM-MD5", "", false)
	}}
}

// dialogue is the server's side of a mechanism of questions and answers.
type dialogue struct {
	questions, answers []string
	check              func(answers []string) error
}

func (d *dialogue) Next(response []byte) (challenge []byte, done bool, err error) {
	if response != nil {
		d.answers = append(d.answers, string(response))
	}
	if len(d.answers) < len(d.questions) {
		return []byte(d.questions[len(d.answers)]), false, nil
	}
	return nil, true, d.check(d.answers)
}

// scramServer is the server's side of SCRAM (RFC 5802, RFC 7677).
type scramServer struct {
	session   *serverSession
	mechanism string
	talk      *scram.ServerConversation
}

func (s *serverSession) scram(mechanism string, hash scram.HashGeneratorFcn) (sasl.Server, error) {
	server, err := hash.NewServer(func(user string) (scram.StoredCredentials, error) {
		client, err := hash.NewClient(user, s.server.users[user], "")
		if err != nil {
			return scram.StoredCredentials{}, err
		}
		return client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "salt of " + user, Iters: 4096})
	})
	if err != nil {
		return nil, err
	}
	talk := server.NewConversation()
	if strings.HasSuffix(mechanism, "-PLUS") {
		state, _ := s.conn.TLSConnectionState()
		binding, err := scram.NewTLSExporterBinding(&state)
		if err != nil {
			return nil, err
		}
		talk = server.NewConversationWithChannelBindingRequired(binding)
	}
	return &scramServer{s, mechanism, talk}, nil
}

func (s *scramServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil {
		return nil, false, nil // no initial response: go on
	}
	if s.talk.Done() {
		return nil, true, s.session.login(s.mechanism, s.talk.Username(), s.talk.Valid())
	}
	text, err := s.talk.Step(string(response))
	if err != nil {
		return nil, false, s.session.login(s.mechanism, "", false)
	}
	return []byte(text), false, nil
}

// bearerServer is the server's side of XOAUTH2, as Google describes it: a refusal comes as JSON in a challenge first.
type bearerServer struct {
	session *serverSession
	refused bool
}

func (b *bearerServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if b.refused {
		return nil, false, b.session.login("XOAUTH2", "", false)
	}
	if response == nil {
		return nil, false, nil
	}
	fields := strings.Split(string(response), "\x01")
	user, hasUser := strings.CutPrefix(fields[0], "user=")
	if len(fields) != 4 || !hasUser || fields[2]+fields[3] != "" {
		return nil, false, &smtp.SMTPError{Code: 501, EnhancedCode: smtp.EnhancedCode{5, 5, 2}, Message: "Cannot decode " + base64.StdEncoding.EncodeToString(response)}
	}
	token, hasToken := strings.CutPrefix(fields[1], "auth=Bearer ")
	if _, known := b.session.server.users[user]; !known || !hasToken || !b.session.server.tokens(token) {
		b.refused = true
		return []byte(`{"status":"401","schemes":"bearer","scope":"https://mail.example.org/"}`), false, nil
	}
	return nil, true, b.session.login("XOAUTH2", user, true)
}
