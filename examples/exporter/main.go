// SPDX-License-Identifier: MIT

// Exporter serves to Prometheus how near processes are to their limits. It needs no privilege.
//
//	exporter [-listen ADDRESS] [-names REGEXP] [-resources LIST] [-pid]
//
// Processes of the same name are one group: for each resource there are the lowest limits in the group, the highest use,
// and the highest ratio of use to soft limit of any one process, which is what to alert on. With -pid each process is for
// itself, at the price of a set of time series for every process that ever ran.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "exporter:", err)
		os.Exit(1)
	}
}

// errUsage was reported already.
var errUsage = errors.New("wrong usage")

// run serves until ctx is done.
func run(ctx context.Context, args []string, stderr io.Writer) error {
	var c collector
	flags := flag.NewFlagSet("exporter", flag.ContinueOnError)
	flags.SetOutput(stderr)
	listen := flags.String("listen", "127.0.0.1:9959", "`address` to serve /metrics on")
	flags.Func("names", "only processes whose whole name matches this `regexp` (default all)", func(s string) (err error) {
		c.names, err = regexp.Compile("^(?:" + s + ")$")
		return err
	})
	flags.Func("resources", "only these, a `list` with commas, of "+strings.Join(resourceNames(), ",")+" (default all)",
		func(s string) (err error) {
			c.uses, err = parseResources(s)
			return err
		})
	flags.BoolVar(&c.byPID, "pid", false, "each process for itself, with a label pid, instead of groups by name")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "exporter: unexpected argument %q\n", flags.Arg(0))
		return errUsage
	}

	registry := prometheus.NewRegistry()
	if err := registry.Register(newCollector(c)); err != nil {
		return err
	}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "exporter: serving http://%s/metrics\n", l.Addr())

	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		MaxRequestsInFlight: 4, // each reads all of /proc
	}))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `<html><body><a href="/metrics">metrics</a></body></html>`)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 5 * time.Minute}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		done <- server.Shutdown(last)
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-done
}
