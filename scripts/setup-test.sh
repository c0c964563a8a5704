#!/bin/sh
# Installs what the tests drive and this machine lacks: a browser, an office program, a mail server, journalctl, compressors, verifiers of signatures;
# with the argument long what the long tests drive besides: Dovecot, and an Exim that is unpacked into bin/.
# As root it installs Debian's packages and says so; otherwise it names the command and fails.
set -eu
cd "$(dirname "$0")/.."

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
exim="" # where it is to be unpacked, for Debian has one mail server installed at a time
if [ "${1:-}" = long ] && ! { [ -x bin/exim4 ] && id Debian-exim >/dev/null 2>&1; }; then
	exim=bin/exim4
fi
[ -z "$missing$exim" ] && exit 0

install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
	[ -n "$missing" ] && echo "The tests need these Debian packages, which are missing:$missing" >&2 && echo "Install them with: sudo $install" >&2
	[ -n "$exim" ] && echo "The long tests need Debian's Exim in $exim: sudo sh scripts/setup-test.sh long" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
unpacked=$(mktemp -d)
trap 'rm -rf "$log" "$unpacked"' EXIT
# The tests start a Postfix of their own; the package's own stays without a configuration.
if command -v debconf-set-selections >/dev/null 2>&1; then
	echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
fi
fail() {
	cat "$log" >&2
	echo "Could not install:$1" >&2
	exit 1
}
apt-get update >"$log" 2>&1 || fail "$missing $exim"
if [ -n "$missing" ]; then
	echo "Installing Debian packages that the tests need:$missing"
	$install >"$log" 2>&1 || fail "$missing"
fi
if [ -n "$exim" ]; then
	echo "Unpacking Debian's Exim for the long tests: $exim, its libraries, its user Debian-exim"
	chmod 755 "$unpacked" # apt's own user downloads
	{
		(cd "$unpacked" && apt-get download exim4-daemon-light && dpkg-deb -x exim4-daemon-light_*.deb . &&
			apt-get install -y --no-install-recommends --no-upgrade $(dpkg-deb -f exim4-daemon-light_*.deb Depends | tr ',' '\n' | sed 's/^ *//; s/[ (|].*//' | grep '^lib')) &&
			mkdir -p bin && cp "$unpacked/usr/sbin/exim4" "$exim" && chmod 755 "$exim" &&
			{ id Debian-exim || useradd --system --user-group --no-create-home --shell /usr/sbin/nologin Debian-exim; }
	} >"$log" 2>&1 || fail " $exim"
fi
