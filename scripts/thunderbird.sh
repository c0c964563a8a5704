#!/bin/sh
# Opens a mail in Thunderbird on a screen of its own (Xvfb) and takes a picture of the window, the list of attachments unfolded.
# Debian: apt-get install thunderbird xvfb openbox xdotool imagemagick
set -eu
[ $# -ge 2 ] || { echo "usage: $0 MAIL.eml PICTURE.png [dark]" >&2; exit 2; }
mail=$(realpath "$1") picture=$2 dark=0
[ "${3:-}" != dark ] || dark=1
export HOME="$(mktemp -d)" DISPLAY=:${SCREEN:-77}
cat >"$HOME/user.js" <<END
user_pref("mail.provider.suppress_dialog_on_startup", true);
user_pref("mail.shell.checkDefaultClient", false);
user_pref("mailnews.start_page.enabled", false);
user_pref("datareporting.policy.dataSubmissionPolicyBypassNotification", true);
user_pref("mail.account.account1.server", "server1");
user_pref("mail.server.server1.type", "none");
user_pref("mail.server.server1.hostname", "Local Folders");
user_pref("mail.server.server1.userName", "nobody");
user_pref("mail.accountmanager.accounts", "account1");
user_pref("mail.accountmanager.localfoldersserver", "server1");
user_pref("mailnews.attachments.display.start_expanded", true);
user_pref("ui.systemUsesDarkTheme", $dark);
END
started=""
trap 'kill $started 2>/dev/null; wait; rm -rf "$HOME"' EXIT
start() {
	"$@" >>"$HOME/log" 2>&1 &
	started="$! $started"
}
start Xvfb "$DISPLAY" -screen 0 900x1600x24
sleep 2
start openbox
start thunderbird --profile "$HOME" --no-remote "$mail"
tries=0
until window=$(xdotool search --onlyvisible --name "Mozilla Thunderbird" 2>/dev/null | tail -1) && [ -n "$window" ]; do
	tries=$((tries + 1))
	[ $tries -lt 60 ] || { cat "$HOME/log" >&2; exit 1; }
	sleep 1
done
sleep 10 # the message comes after its window
xdotool search --onlyvisible --name "$(sed -n 's/^Subject: //p' "$mail" | head -1 | tr -d '\r' | cut -c1-20)" windowactivate windowsize 880 1560 >/dev/null
sleep 3
import -window root "$picture"
