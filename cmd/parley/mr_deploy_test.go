package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestManifestsAreWhatTheCommandsTake parses the manifests and hands their command
// lines to the commands, but for running them.
func TestManifestsAreWhatTheCommandsTake(t *testing.T) {
	text, err := os.ReadFile("../../deploy/mapreduce/kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type container struct {
		Command, Args []string
		VolumeMounts  []struct {
			Name      string
			MountPath string `yaml:"mountPath"`
		} `yaml:"volumeMounts"`
	}
	type manifest struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   struct{ Name string }
		Spec       struct {
			ServiceName string `yaml:"serviceName"`
			Replicas    int
			Template    struct {
				Spec struct {
					Containers []container
					Volumes    []struct{ Name string }
				}
			}
		}
	}
	kinds := map[string]string{}
	workers := ""
	for d := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var m manifest
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		kinds[m.Kind] = m.APIVersion
		volumes := ""
		for _, v := range m.Spec.Template.Spec.Volumes {
			volumes += v.Name + " "
		}
		for _, c := range m.Spec.Template.Spec.Containers {
			args := strings.ReplaceAll(strings.Join(c.Args, "\n"), "$(POD_NAME)", "parley-mr-0")
			cmd, rest, err := newRoot().Find(strings.Split(args, "\n"))
			if err != nil || len(c.Command) != 1 || c.Command[0] != "parley" {
				t.Fatalf("%s: %v %v: %v", m.Kind, c.Command, c.Args, err)
			}
			if err := cmd.ParseFlags(rest); err != nil {
				t.Errorf("%s: %v", m.Kind, err)
			}
			if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
				t.Errorf("%s: %v", m.Kind, err)
			}
			for _, v := range c.VolumeMounts {
				if !strings.Contains(volumes, v.Name+" ") {
					t.Errorf("%s mounts %s, of which there is no volume", m.Kind, v.Name)
				}
			}
			if advertise := cmd.Flags().Lookup("advertise"); advertise != nil {
				workers += advertise.Value.String()
			} else if list := cmd.Flags().Lookup("workers").Value.String(); !strings.HasPrefix(list, workers+",") {
				t.Errorf("the job's workers are %s, the first says that it is %s", list, workers)
			}
		}
	}
	for kind, version := range map[string]string{"Service": "v1", "StatefulSet": "apps/v1", "Job": "batch/v1"} {
		if kinds[kind] != version {
			t.Errorf("%s is of version %q", kind, kinds[kind])
		}
	}
}
