#!/bin/sh
# Installs what the tests drive and this machine lacks: a browser, an office program, a mail server, journalctl, compressors, verifiers of signatures;
# with the argument long what the long tests drive besides.
# As root it installs Debian's packages and says so; otherwise it names the command and fails.
set -eu

missing=""
need() { # need COMMAND PACKAGE
	PATH="$PATH:/usr/sbin" command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need chromium chromium
need soffice libreoffice-calc
need pdftotext poppler-utils
need postfix postfix
need journalctl systemd
need xz xz-utils
need bzip2 bzip2
need dkimverify python3-dkim
need openssl openssl
/usr/bin/python3 -c "import openpyxl" >/dev/null 2>&1 || missing="$missing python3-openpyxl"
[ "${1:-}" = long ] && need dovecot dovecot-core
[ -z "$missing" ] && exit 0

install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
	echo "The tests need these Debian packages, which are missing:$missing" >&2
	echo "Install them with: sudo $install" >&2
	exit 1
fi
echo "Installing Debian packages that the tests need:$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The tests start a Postfix of their own; the package's own stays without a configuration.
if command -v debconf-set-selections >/dev/null 2>&1; then
	echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
fi
if ! { apt-get update && $install; } >"$log" 2>&1; then
	cat "$log" >&2
	echo "Could not install:$missing" >&2
	exit 1
fi
