package deliver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// OAuth2Options says where access tokens come from (RFC 6749).
type OAuth2Options struct {
	TokenURL         string                 // token endpoint; https
	ClientID         string                 // of the application
	ClientSecret     func() (string, error) // asked for each token; nil: a public client, without one
	InBody           bool                   // client and secret go in the request's body; false: in its header or its body, whichever the server takes
	RefreshTokenFile string                 // one line, for the refresh token grant; empty: the client credentials grant
	Scopes           []string               // may be empty
	CAFile           string                 // PEM file of certificates that are trusted beside the system's; empty: none
	Timeout          time.Duration          // for one token; 0: one minute
	Now              func() time.Time       // nil: the clock
}

// OAuth2 fetches access tokens, and keeps the newest in memory until shortly before it expires. A refresh token that the server replaces is written
// back to its file before the access token that came with it is given to anybody. It is safe for concurrent use, and so is its file between processes.
type OAuth2 struct {
	options OAuth2Options
	grant   clientcredentials.Config // for both grants: it sends scopes with a refresh token too, which oauth2.Config does not
	turn    chan struct{}            // holds one while somebody uses what follows
	token   string                   // access token; empty: none
	expiry  time.Time                // of token; zero: the server does not say
}

// early is how long before its end a token is not used any more: AUTH must still come to its end.
const early = 30 * time.Second

// NewOAuth2 makes a source of access tokens. It reads no file and does not connect.
func NewOAuth2(options OAuth2Options) *OAuth2 {
	if options.Timeout <= 0 {
		options.Timeout = time.Minute
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	o := &OAuth2{options: options, turn: make(chan struct{}, 1)}
	o.grant = clientcredentials.Config{ClientID: options.ClientID, TokenURL: options.TokenURL, Scopes: options.Scopes}
	if options.InBody || options.ClientSecret == nil {
		o.grant.AuthStyle = oauth2.AuthStyleInParams
	}
	return o
}

// Token gives an access token; kept says that it is one from an earlier call. Errors are ErrTemporary, and ErrAuth too where the token server refuses
// client or refresh token, or the refresh token's file cannot be used. They hold no secret.
func (o *OAuth2) Token(ctx context.Context) (token string, kept bool, err error) {
	select {
	case o.turn <- struct{}{}:
	case <-ctx.Done():
		return "", false, temporary(context.Cause(ctx))
	}
	defer func() { <-o.turn }()
	if o.token != "" && (o.expiry.IsZero() || o.options.Now().Before(o.expiry.Add(-early))) {
		return o.token, true, nil
	}
	if err := o.fetch(ctx); err != nil {
		return "", false, fmt.Errorf("access token from %s: %w", o.options.TokenURL, err)
	}
	return o.token, false, nil
}

// Expiry is when the token that is kept ends; zero if there is none or the server does not say.
func (o *OAuth2) Expiry() time.Time {
	o.turn <- struct{}{}
	defer func() { <-o.turn }()
	return o.expiry
}

// forget drops token, which an SMTP server refused. Another one, that came after it, stays.
func (o *OAuth2) forget(token string) {
	o.turn <- struct{}{}
	defer func() { <-o.turn }()
	if o.token == token {
		o.token, o.expiry = "", time.Time{}
	}
}

// fetch gets a new access token and keeps it.
func (o *OAuth2) fetch(ctx context.Context) error {
	var err error
	o.token, o.expiry = "", time.Time{}
	if o.grant.ClientSecret, err = o.clientSecret(); err != nil {
		return authFault(fmt.Errorf("client secret: %w", err))
	}
	var token *oauth2.Token
	if o.options.RefreshTokenFile == "" {
		token, err = o.ask(ctx, nil)
	} else {
		token, err = o.refresh(ctx)
	}
	if err != nil {
		return err
	}
	o.token = token.AccessToken
	if !token.Expiry.IsZero() {
		o.expiry = o.options.Now().Add(time.Until(token.Expiry)) // the library counts from the clock
	}
	return nil
}

func (o *OAuth2) clientSecret() (string, error) {
	if o.options.ClientSecret == nil {
		return "", nil
	}
	return o.options.ClientSecret()
}

// refresh does the refresh token grant. Once it has been asked, the server may have replaced the refresh token: the end of ctx does not stop it then,
// or the new one would be lost.
func (o *OAuth2) refresh(ctx context.Context) (*oauth2.Token, error) {
	if ctx.Err() != nil {
		return nil, temporary(context.Cause(ctx))
	}
	waiting, end := context.WithTimeout(ctx, o.options.Timeout)
	defer end()
	file, err := openTokenFile(waiting, o.options.RefreshTokenFile)
	if err != nil {
		return nil, authFault(err)
	}
	defer file.close()
	token, err := o.ask(context.WithoutCancel(ctx), url.Values{"grant_type": {"refresh_token"}, "refresh_token": {file.token}})
	if err != nil {
		return nil, err
	}
	if token.RefreshToken != "" && token.RefreshToken != file.token {
		if err := file.replace(token.RefreshToken); err != nil {
			return nil, authFault(err)
		}
	}
	return token, nil
}

// ask asks the token server, with parameters beside those of the client.
func (o *OAuth2) ask(ctx context.Context, parameters url.Values) (*oauth2.Token, error) {
	client, err := o.client()
	if err != nil {
		return nil, authFault(err)
	}
	defer client.CloseIdleConnections()
	ctx, end := context.WithTimeoutCause(ctx, o.options.Timeout, fmt.Errorf("no answer within %s", o.options.Timeout))
	defer end()
	o.grant.EndpointParams = parameters
	token, err := o.grant.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
	if err == nil {
		return token, nil
	}
	if ctx.Err() != nil {
		return nil, temporary(context.Cause(ctx))
	}
	return nil, tokenFault(err, o.grant.ClientSecret, parameters.Get("refresh_token"))
}

// client is what asks the token server: as strict with TLS as with SMTP servers, and following no redirect, which would bring the secret elsewhere.
func (o *OAuth2) client() (*http.Client, error) {
	config, err := tlsConfig(o.options.CAFile)
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = config
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
}

// tokenFault says why there is no token. A refusal (4xx but 408 and 429) is the configuration's fault, everything else may pass.
func tokenFault(err error, secrets ...string) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return temporary(errors.New(oneLine(hideIn(err.Error(), secrets...)) + tlsRemedy(err)))
	}
	text := "the server says " + refused.Response.Status
	if refused.ErrorCode != "" {
		text += ", " + refused.ErrorCode
	}
	if refused.ErrorDescription != "" {
		text += ": " + refused.ErrorDescription
	}
	err = errors.New(oneLine(hideIn(text, secrets...)) + tokenRemedy(refused.ErrorCode))
	switch status := refused.Response.StatusCode; {
	case refused.ErrorCode == "temporarily_unavailable", status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status >= 500:
		return temporary(err)
	}
	return authFault(err)
}

// tokenRemedy is what helps against an error code of RFC 6749 section 5.2.
func tokenRemedy(code string) string {
	switch code {
	case "invalid_grant":
		return " (the refresh token has expired or was revoked: put a new one into mail.oauth2.refresh_token_file)"
	case "invalid_client", "unauthorized_client":
		return " (look at mail.oauth2.client_id and client_secret_file: a client secret expires too)"
	case "invalid_scope":
		return " (look at mail.oauth2.scope)"
	}
	return ""
}
