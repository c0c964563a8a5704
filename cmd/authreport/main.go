// Command authreport counts the mail that clients submit with SMTP AUTH, from the logs of mail servers, and mails reports of it.
//
// This package reads flags, wires the parts together (wire.go) and prints; each command has a file of its own and a line in commands.
// Exit status: 0 done, 1 failed, 2 usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // the time zone database, for machines that have none

	"github.com/spf13/cobra"
)

// program is what every command has to do with: its streams, the clock, the configuration's path.
type program struct {
	out, err   io.Writer
	now        func() time.Time
	wait       func(context.Context, time.Duration)                     // how the daemon's work waits; nil: as time passes
	lease      time.Duration                                            // of a claim; 0: the usual one
	lookupTXT  func(ctx context.Context, name string) ([]string, error) // asks name servers; nil: this machine's resolver
	configPath string
}

// commands is every command beside the daemon. A new one needs a line here.
var commands = []func(*program) *cobra.Command{
	ingestCommand,
	statusCommand,
	requestsCommand,
	reloadCommand,
	checkCommand,
	previewCommand,
	exportCommand,
	forgetCommand,
	pseudonymCommand,
	demoCommand,
	versionCommand,
	licensesCommand,
	templatesCommand,
}

// usageError is a fault of the command line: exit status 2.
type usageError struct{ problem string }

func (e usageError) Error() string { return e.problem }

// hinted is an error with a command to try.
type hinted struct {
	error
	try string
}

func (h hinted) Unwrap() error { return h.error }

// errSilent is a failure that has been printed already.
var errSilent = errors.New("failed")

func usagef(format string, values ...any) error { return usageError{fmt.Sprintf(format, values...)} }

// memoryLimit is how many bytes the program takes before the garbage collector works more instead. A report of a million senders takes 350 MB in place of 560, for
// a tenth more CPU; smaller ones do not come near. It is no hard limit: what is needed is taken. GOMEMLIMIT goes before it.
const memoryLimit = 330 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	p := &program{out: forTerminal(os.Stdout), err: forTerminal(os.Stderr), now: time.Now}
	os.Exit(p.run(ctx, os.Args[1:]))
}

// run does what the arguments say and gives the exit status.
func (p *program) run(ctx context.Context, arguments []string) int {
	root := p.root()
	root.SetArgs(arguments)
	c, err := root.ExecuteContextC(ctx)
	return p.conclude(c.CommandPath(), err)
}

// root is the command line: the daemon and --request, with every other command under it.
func (p *program) root() *cobra.Command {
	root := daemonCommand(p)
	root.PersistentFlags().StringVar(&p.configPath, "config", "config.yaml", "configuration `FILE`")
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err.Error()} })
	root.SetHelpCommand(helpCommand())
	for _, command := range commands {
		root.AddCommand(command(p))
	}
	return root
}

// conclude prints an error of a command with what to try, and gives the exit status.
func (p *program) conclude(command string, err error) int {
	var usage usageError
	var hint hinted
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errSilent):
		return 1
	}
	fmt.Fprintln(p.err, "authreport: "+strings.ReplaceAll(err.Error(), "\n", "\nauthreport: "))
	if errors.As(err, &hint) {
		fmt.Fprintln(p.err, "Try: "+hint.try)
	}
	if errors.As(err, &usage) {
		if hint.try == "" {
			fmt.Fprintln(p.err, "Try: "+command+" --help")
		}
		return 2
	}
	return 1
}

// noArguments refuses arguments that a command does not take.
func noArguments(c *cobra.Command, arguments []string) error {
	if len(arguments) == 0 {
		return nil
	}
	if c.HasParent() {
		return usagef("%s takes no arguments, got %q", c.CommandPath(), arguments[0])
	}
	return unknownCommand(c, arguments[0], "authreport ")
}

// unknownCommand is the fault of naming a command that there is not, with the nearest that there is after what was typed before it.
func unknownCommand(root *cobra.Command, name, before string) error {
	fault := usagef("unknown command %q", name)
	if near := root.SuggestionsFor(name); len(near) > 0 {
		return hinted{fault, before + near[0]}
	}
	return fault
}

// helpCommand is cobra's, but for a name that is no command.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show what a command does and its flags",
		RunE: func(c *cobra.Command, arguments []string) error {
			about, rest, err := c.Root().Find(arguments)
			if err != nil || len(rest) > 0 {
				return unknownCommand(c.Root(), arguments[len(arguments)-max(1, len(rest))], "authreport help ")
			}
			return about.Help()
		},
	}
}
