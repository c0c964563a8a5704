"""Writes the rows of a workbook of N senders, as store-gen makes them, with XlsxWriter in constant_memory mode: what authreport's is held against.

Three in ten senders have two clients; for each 1,000 there are 1,657 rows of what depends on legacy TLS, no TLS or a basic mechanism.

    python3 xlsxrows.py N out.xlsx
"""
import sys

import xlsxwriter

senders, path = int(sys.argv[1]), sys.argv[2]
book = xlsxwriter.Workbook(path, {"constant_memory": True})
number, percent, day = (book.add_format({"num_format": f}) for f in ("#,##0", "0.0 %", "d mmm yyyy"))


def sheet(title, columns, rows):
    page = book.add_worksheet(title)
    for r in range(rows):
        address = "user.%06d@department-%d.example.org" % (r % senders, r % 50)
        for c, kind in enumerate(columns):
            if kind == "a":
                page.write_string(r, c, address)
            elif kind == "t":
                page.write_string(r, c, "TLS_AES_256_GCM_SHA384")
            elif kind == "n":
                page.write_number(r, c, r * 7 + c, number)
            elif kind == "p":
                page.write_number(r, c, r % 97 / 97, percent)
            else:
                page.write_number(r, c, 46000 + r % 90, day)


limit = 1_048_575


def table(title, columns, rows):  # on further sheets beyond a sheet's rows
    for part in range(0, rows, limit):
        sheet(title if part == 0 else "%s (%d)" % (title, part // limit + 1), columns, min(limit, rows - part))


table("Sending volume", "aannpnnndd", senders)
table("TLS usage", "aan" + 7 * "pn", senders)
table("Accounts", "annpnnnnnnnndd", senders)
table("Clients", "taattttnndd", senders * 13 // 10)
table("Legacy TLS", "tanpdntttn", senders * 1657 // 1000)
book.close()
