"""Compares a workbook, as openpyxl reads it, with the JSON file of the same report, cell by cell.

    python3 cells.py report.xlsx report.json

What a cell is to hold is worked out here from the JSON alone. Names that are shown in other words than they have (the null sender, names with control characters,
authreport's own) must be some text. It prints how many cells were compared and ends with 1 if one is different.
"""
import datetime
import json
import sys

import openpyxl

VERSIONS = ["TLS1.3", "TLS1.2", "TLS1.1", "TLS1.0", "SSL3.0", "none", "unknown"]
TITLES = {"legacy_tls": "Legacy TLS", "no_tls": "No TLS", "basic_mechanisms": "Basic mechanisms"}
ANY = object()  # some text
compared = different = 0


def fail(text):
    global different
    different += 1
    if different <= 20:
        print(text, file=sys.stderr)


def name(text, own=False):
    plain = text and text != "<>" and text.isascii() and text.isprintable() and text == text.strip() and not own
    return text if plain else ANY


def day(text):
    return datetime.datetime.fromisoformat(text)


def change(value, before):
    if before == 0:
        return "new" if value else None
    return value / before - 1


def same(cell, want):
    if want is ANY:
        return isinstance(cell, str) and cell != ""
    if want is None:
        return cell is None
    if isinstance(want, (int, float)) and not isinstance(want, bool):
        return isinstance(cell, (int, float)) and abs(cell - want) <= 1e-12 * max(1, abs(want))
    return cell == want


def sheet(title, want, optional=()):
    """want is a list of rows, each a dict from heading to value; a column of optional may be missing."""
    global compared
    if title not in book.sheetnames:
        return fail(f"{title}: the sheet is missing") if want else None
    rows = list(book[title].iter_rows(values_only=True))
    for more in range(2, 100):  # a table that is too long for one sheet goes on
        if f"{title} ({more})" in book.sheetnames:
            rows += list(book[f"{title} ({more})"].iter_rows(values_only=True))[1:]
    headings = list(rows[0])
    if len(rows) - 1 != len(want):
        fail(f"{title}: {len(rows) - 1} rows, want {len(want)}")
    columns = set().union(*want) if want else set()
    for heading in columns - set(headings) - set(optional):
        fail(f"{title}: no column {heading}")
    for heading in set(headings) - columns:
        fail(f"{title}: the column {heading} is not known here") if want else None
    for n, (row, expected) in enumerate(zip(rows[1:], want)):
        for heading, cell in zip(headings, row):
            compared += 1
            if heading in expected and not same(cell, expected[heading]):
                fail(f"{title}, row {n + 2}, {heading}: {cell!r}, want {expected[heading]!r}")


def versions(r, whole, percent=True):
    shown = {}
    for v in VERSIONS:
        n = r["tls"].get(v, 0)
        shown[v] = n
        if percent:
            shown[v + " %"] = n / whole if whole else 0
    return shown


book = openpyxl.load_workbook(sys.argv[1])
report = json.load(open(sys.argv[2], encoding="utf-8"))
complete = report["summary"]["before_complete"]
unused = [v for v in VERSIONS if v not in report["summary"]["tls"]]
optional = unused + [v + " %" for v in unused] + ([] if complete else ["Messages before", "Change"])


def period(r):
    return {"Messages": r["messages"], "Messages before": r["messages_before"], "Change": change(r["messages"], r["messages_before"])}


def seen(r):
    return {"First seen": day(r["first_seen"]), "Last seen": day(r["last_seen"])}


def sender(r):
    return {"Sender address": name(r["address"], r["own"]), "Domain": name(r["domain"])}


senders = report["senders"]
sheet("Sending volume", [{**sender(s), **period(s), "Recipients": s["recipients"], "Accounts": s["accounts"], "Client addresses": s["client_addresses"], **seen(s)} for s in senders], optional)
sheet("TLS usage", [{**sender(s), "Messages": s["messages"], **versions(s, s["messages"])} for s in senders], optional)
sheet("Accounts", [{
    "Account": name(a["account"], a.get("own")), **period(a), "Recipients": a["recipients"], "Sender addresses": a["senders"], "Client addresses": a["client_addresses"],
    "Over legacy TLS": sum(a["tls"].get(v, 0) for v in ("SSL3.0", "TLS1.0", "TLS1.1")), "Without TLS": a["tls"].get("none", 0), "After PLAIN or LOGIN": a["basic_mechanisms"],
    "After OAuth": a["oauth_mechanisms"], "Failed AUTH attempts": a["failed_attempts"], **seen(a),
} for a in report["accounts"]], optional)
sheet("Domains", [{
    "Domain": name(d["domain"]), **period(d), "Sender addresses": d["senders"], "Accounts": d["accounts"], **versions(d, d["messages"]),
} for d in report["domains"]], optional)
sheet("Clients", [{
    "Server": name(c["server"]), "Sender address": name(c["sender"], c.get("own")), "Account": name(c["account"], c.get("own")), "Client address": name(c["client_ip"]),
    "TLS version": c["tls"], "Cipher": name(c["cipher"]), "Mechanism": name(c["mechanism"]) if c["mechanism"] else None, "Messages": c["messages"], "Recipients": c["recipients"], **seen(c),
} for c in report["clients"]])

days = report["summary"]["days"]
daily = list(book["Daily"].iter_rows(values_only=True))
at = {heading: i for i, heading in enumerate(daily[0])}
for row, d in zip(daily[1:], days):
    want = {"Day": day(d["day"]), "Weekday": day(d["day"]).strftime("%A"), "Log lines": "read" if d["has_lines"] else ANY, "Messages": d["messages"], "Accounts": d["accounts"]}
    want |= {v: d["tls"].get(v, 0) for v in VERSIONS if v in at}
    rest = d["messages"]
    for domain in report["domains"]:
        if domain["domain"] in at:
            want[domain["domain"]] = domain["days"][days.index(d)]
            rest -= want[domain["domain"]]
    if "other domains" in at:
        want["other domains"] = rest
    for heading, value in want.items():
        compared += 1
        if not same(row[at[heading]], value):
            fail(f"Daily, {d['day']}, {heading}: {row[at[heading]]!r}, want {value!r}")
by_domain = {}
for row in list(book["Daily by domain"].iter_rows(values_only=True))[1:]:
    by_domain.setdefault(row[0], []).append(row[3])
for n, d in enumerate(days):
    want = sorted(x["days"][n] for x in report["domains"] if x["days"][n])
    compared += len(want)
    if sorted(by_domain.get(day(d["day"]), [])) != want:
        fail(f"Daily by domain, {d['day']}: {sorted(by_domain.get(day(d['day']), []))}, want {want}")

sheet("Unusual activity", [{
    "Grade": u["grade"].capitalize(), "Kind": ANY, "Account": name(u["account"], u.get("own")), "First day": day(u["first_day"]), "Last day": day(u["last_day"]), "Why": ANY,
    "Figure": u["value"], "Usual": u["usual"], "Unusual from": u["limit"], "Messages that day": u["messages"],
} for u in report["unusual"]])
own = {a["account"] for a in report["accounts"] if a.get("own")}


def busiest(d):
    more = d["client_addresses"] - len(d["busiest_addresses"])
    return (", ".join(d["busiest_addresses"]) + (f" and {more} more" if more else "")) or ANY


sheet("Legacy TLS", [{
    "Depends on": TITLES[d["kind"]], "Account": name(d["account"], d["account"] in own), "Messages": d["messages"], "Of the account’s": d["messages"] / d["all_messages"],
    "Last seen": day(d["last_seen"]), "Client addresses": d["client_addresses"], "Busiest addresses": busiest(d), "TLS versions": ANY,
    "Mechanisms": name(", ".join(d["mechanisms"])), "Sender addresses": d["senders"],
} for d in report["dependents"]])
kinds = {d["kind"]: d["days"] for d in report["dependences"]}
sheet("Legacy by day", [{
    "Day": day(d["day"]), **{f"{TITLES[k]}: {figure}": list_[n][figure] for k, list_ in kinds.items() for figure in ("accounts", "messages")},
} for n, d in enumerate(kinds["legacy_tls"])])

figures = {
    "Messages": "messages", "Recipients": "recipients", "Sender addresses": "senders", "Accounts": "accounts", "Client addresses": "client_addresses",
    "Messages over legacy TLS": "legacy_tls", "Accounts with legacy TLS": "legacy_tls_accounts", "Messages without TLS": "no_tls",
    "Messages after PLAIN or LOGIN": "basic_mechanisms",
}
summary = {row[0]: row for row in book["Summary"].iter_rows(values_only=True) if row[0] is not None and isinstance(row[1], (int, float))}
for title, figure in figures.items():
    f, row = report["summary"]["figures"][figure], summary.get(title)
    compared += 2
    if row is None or not same(row[1], f["value"]) or complete and not (same(row[2], f["before"]) and same(row[3], change(f["value"], f["before"]))):
        fail(f"Summary, {title}: {row!r}, want {f}")
for v, n in report["summary"]["tls"].items():
    row = next((row for title, row in summary.items() if title.split(" ")[0] == v), None)
    compared += 1
    if row is None or not same(row[1], n):
        fail(f"Summary, {v}: {row!r}, want {n}")
print(f"{compared} cells compared, {different} different")
sys.exit(1 if different else 0)
