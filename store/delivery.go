package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// DeliveryState is how far a delivery is.
type DeliveryState string

// The states of a delivery.
const (
	Waiting    DeliveryState = "waiting"    // not tried yet
	Sending    DeliveryState = "sending"    // under way; if nobody has the request any more, it may or may not have arrived
	Delivered  DeliveryState = "delivered"  // the server took it
	Refused    DeliveryState = "refused"    // by the server, for good
	Deferred   DeliveryState = "deferred"   // to be tried again at Next
	Unanswered DeliveryState = "unanswered" // sent whole, and no reply came: it may or may not have arrived; to be sent again at Next, or if that is zero, given up
	Abandoned  DeliveryState = "abandoned"  // for good: not delivered in the time that there was, or its report could not be made
	Withheld   DeliveryState = "withheld"   // not to be mailed, others are: Reply says why
)

// Delivery is a message of a request to one recipient, its own or one to all of them. Its times are to the millisecond, in UTC.
type Delivery struct {
	RequestID int64
	Recipient string
	MessageID string // with angle brackets, the same at each attempt (RFC 5322 section 3.6.4)
	State     DeliveryState
	Attempts  int       // that came to an end
	Code      int       // SMTP reply code of the last attempt; 0 if there is none
	Reply     string    // text of that reply, or what else went wrong
	Next      time.Time // when to try again; zero unless deferred or unanswered
	Updated   time.Time
	Repeats   int // times it was sent again although it may have arrived: a process died while sending, or no reply came
}

// Deliveries gives the deliveries of a request, by recipient.
func (s *Store) Deliveries(ctx context.Context, requestID int64) ([]Delivery, error) {
	var list []Delivery
	for d, err := range rows(ctx, s, "list deliveries", scanDelivery,
		"SELECT request_id, recipient, message_id, state, attempts, code, reply, next, updated, repeats FROM deliveries WHERE request_id = ? ORDER BY recipient", requestID) {
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

func scanDelivery(rows *sql.Rows, d *Delivery) error {
	var next sql.NullInt64
	var updated int64
	err := rows.Scan(&d.RequestID, &d.Recipient, &d.MessageID, &d.State, &d.Attempts, &d.Code, &d.Reply, &next, &updated, &d.Repeats)
	d.Next, d.Updated = fromMillis(next.Int64), fromMillis(updated)
	return err
}

// SetDelivery stores how far a delivery of a claimed request is, and leaves its Message-ID as it is. It gives ErrLost, and stores nothing, if somebody else
// has the request by now: call it with Sending just before sending, and send only if it gives nil.
func (s *Store) SetDelivery(ctx context.Context, r *Request, d Delivery) error {
	steps := []statement{{`UPDATE deliveries SET state = ?, attempts = ?, code = ?, reply = ?, next = ?, updated = ?, repeats = ? WHERE recipient = ? AND request_id = ?`,
		[]any{string(d.State), d.Attempts, d.Code, d.Reply, millis(d.Next), d.Updated.UnixMilli(), d.Repeats, d.Recipient, r.ID}}}
	outcome := d.State != Waiting && d.State != Sending
	if outcome && r.Crashes > 0 { // it gets on
		steps = append(steps, statement{"UPDATE requests SET crashes = 0 WHERE id = ?", []any{r.ID}})
	}
	err := s.change(ctx, r, steps...)
	if outcome && err == nil {
		r.Crashes = 0
	}
	return err
}

// KeepMessage keeps the message of a claimed request, one for each copy of its report and limit of size (0: the configuration's), until the request ends. It gives
// ErrLost if somebody else has the request by now. If a name was forgotten since it was claimed, which the message may have, it is not kept: the next who needs it
// makes it anew.
func (s *Store) KeepMessage(ctx context.Context, r *Request, copy string, limit int64, data []byte) error {
	return s.held(ctx, r, func(tx *sql.Tx) error {
		if forgets, err := numberFact(ctx, tx, factForgets); err != nil || forgets != r.Forgets {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO messages (request_id, copy, size_limit, data) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET data = excluded.data", r.ID, copy, limit, data)
		return err
	})
}

// KeptMessage gives a message that was kept; nil if none was.
func (s *Store) KeptMessage(ctx context.Context, requestID int64, copy string, limit int64) (data []byte, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT data FROM messages WHERE request_id = ? AND copy = ? AND size_limit = ?", requestID, copy, limit).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return data, s.fault(fmt.Sprintf("look up the message of request %d", requestID), err)
}

// insertDeliveries makes a waiting delivery for each who gets the report of a new request.
func insertDeliveries(ctx context.Context, tx *sql.Tx, id int64, r Request, now time.Time) error {
	name, err := storeName(ctx, tx)
	if err != nil {
		return err
	}
	for _, recipient := range slices.Concat(r.Recipients, r.Cc, r.Bcc) {
		own := recipient
		if r.Together() {
			own = ""
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO deliveries (request_id, recipient, message_id, state, attempts, code, reply, updated, repeats) VALUES (?, ?, ?, 'waiting', 0, 0, '', ?, 0) ON CONFLICT DO NOTHING",
			id, recipient, messageID(name, id, own, r.MessageHost), now.UnixMilli())
		if err != nil {
			return err
		}
	}
	return nil
}

// storeName gives what tells this store's requests from those of another one with the same numbers: mail servers drop a second message with a known Message-ID.
func storeName(ctx context.Context, tx *sql.Tx) (string, error) {
	name, err := fact(ctx, tx, factName)
	if err != nil || name != "" {
		return name, err
	}
	name = rand.Text()
	return name, setFact(ctx, tx, factName, name)
}

// messageID makes the Message-ID of a delivery: 128 bits of a hash. That of one message to all has no recipient.
func messageID(store string, request int64, recipient, host string) string {
	if host == "" {
		host = "localhost"
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%s", store, request, recipient))
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16])
	return "<" + strings.ToLower(text) + "@" + host + ">"
}
