package main

import (
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// systemd tells the service manager how the daemon does (sd_notify(3)). Where there is none, nobody listens; that is no fault.
type systemd struct {
	pinged time.Time
}

func (s *systemd) ready() { _, _ = daemon.SdNotify(false, daemon.SdNotifyReady) }

func (s *systemd) reloading() {
	_, _ = daemon.SdNotify(false, daemon.SdNotifyReloading+"\n"+daemon.SdNotifyMonotonicUsec())
}

func (s *systemd) stopping() { _, _ = daemon.SdNotify(false, daemon.SdNotifyStopping) }

// alive tells the watchdog that all goes on, as often as it wants to hear it (WatchdogSec=). It is silent when a part of the work has not come round for that
// long: then the service manager starts the daemon anew.
func (s *systemd) alive(now *running) {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil || limit <= 0 || time.Since(s.pinged) < limit/3 {
		return
	}
	if part := now.jobs.Stalled(limit); part != "" {
		now.log.Error("a part of the work has stopped; the watchdog is not told that all is well", "part", part)
		return
	}
	s.pinged = time.Now()
	_, _ = daemon.SdNotify(false, daemon.SdNotifyWatchdog)
}
