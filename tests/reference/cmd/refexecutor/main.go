// refexecutor runs Argo Workflows' own executor over a template, without Kubernetes.
//
//	refexecutor stage TEMPLATE   what the emissary does in the main container
//	refexecutor save TEMPLATE    what the wait container does; prints what it reports
//	refexecutor load TEMPLATE    what the init container does
//
// TEMPLATE is a file with a template as JSON. The executor's paths are compiled in, so it wants a
// root of its own: inputs arrive in /argo/inputs/artifacts, secrets are read from /argo/secret,
// volumes are looked for below /mainctrfs, and archives are put together in /tmp/argo. Outputs of
// the base image are archived straight from where they lie, with the level of the template; with
// REFEXECUTOR_STAGED=true they are taken from /var/run/argo instead, where stage puts them.
// The logs of a container NAME are the file /var/run/argo/ctr/NAME/combined.
//
// save prints {"outputs":{"artifacts":[...]}}, also when some could not be saved. On failure the
// reference's error is on stderr and the exit code is 1 (2 for wrong usage).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v4/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v4/util/logging"
	"github.com/argoproj/argo-workflows/v4/workflow/executor"
)

var errUsage = errors.New("usage: refexecutor stage|save|load TEMPLATE.json")

func main() {
	err := run(quietContext(), os.Args[1:])
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "refexecutor:", err)
		os.Exit(1)
	}
}

// quietContext carries the logger that the reference insists on, with its output thrown away.
func quietContext() context.Context {
	logger := logging.NewSlogLoggerCustom(logging.Error, logging.Text, io.Discard)
	return logging.WithLogger(context.Background(), logger)
}

func run(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	template, err := readTemplate(args[1])
	if err != nil {
		return err
	}
	syscall.Umask(0) // as argoexec has it
	switch args[0] {
	case "stage":
		return stage(ctx, template)
	case "save":
		return save(ctx, template)
	case "load":
		argo := newExecutor(ctx, template)
		return argo.LoadArtifactsWithoutPlugins(ctx)
	}
	return errUsage
}

func readTemplate(file string) (*wfv1.Template, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	template := &wfv1.Template{}
	return template, json.Unmarshal(text, template)
}

// newExecutor gives it no clients: loading and saving never ask the cluster.
func newExecutor(ctx context.Context, template *wfv1.Template) executor.WorkflowExecutor {
	var runtime executor.ContainerRuntimeExecutor = baseImage{}
	if os.Getenv("REFEXECUTOR_STAGED") == "true" {
		runtime = stagedFiles{}
	}
	return executor.NewExecutor(ctx, nil, nil, nil, "pod", "", "workflow", "", "node", "default",
		runtime, *template, false, time.Time{}, 0, 0)
}

func save(ctx context.Context, template *wfv1.Template) error {
	argo := newExecutor(ctx, template)
	artifacts, saveErr := argo.SaveArtifacts(ctx)
	artifacts = append(artifacts, argo.SaveLogs(ctx)...)
	report := map[string]any{"outputs": wfv1.Outputs{Artifacts: artifacts}}
	return errors.Join(saveErr, argo.HasError(), json.NewEncoder(os.Stdout).Encode(report))
}
