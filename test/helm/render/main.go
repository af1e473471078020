// Command render renders the chart as Helm does, without Helm and without a cluster, and decodes each document
// strictly into Kubernetes' own types. It reads a list of cases as JSON, and writes a result for each.
//
// It is built by scripts/ensure-chart-renderer.sh from packages of Debian.
package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/xeipuuv/gojsonschema"
	"sigs.k8s.io/yaml"
)

// Case is one installation of the chart.
type Case struct {
	Release   string         `json:"release"`
	Namespace string         `json:"namespace"`
	Upgrade   bool           `json:"upgrade"`
	Values    map[string]any `json:"values"`
	// Cluster has the objects that lookup finds, as "v1/Secret/namespace/name".
	Cluster map[string]map[string]any `json:"cluster"`
	// APIs that the cluster has, as "monitoring.coreos.com/v1".
	APIs []string `json:"apis"`
}

// Result has the objects of a case, or why it was refused.
type Result struct {
	Error   string            `json:"error,omitempty"`
	Objects []json.RawMessage `json:"objects"`
	Notes   string            `json:"notes"`
	Values  map[string]any    `json:"values"`
}

func main() {
	var cases []Case
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		fail(err)
	}
	chart, err := load(os.Args[1])
	if err != nil {
		fail(err)
	}
	results := make([]Result, len(cases))
	for n, one := range cases {
		results[n] = run(chart, one)
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func run(chart *Chart, one Case) Result {
	result := Result{Objects: []json.RawMessage{}, Values: merge(chart.Values, one.Values)}
	if err := chart.validate(result.Values); err != nil {
		result.Error = err.Error()
		return result
	}
	files, err := chart.render(one, result.Values)
	if err != nil {
		result.Error = err.Error()
		return result
	}
	for _, name := range chart.names {
		text := files[name]
		if strings.HasSuffix(name, "NOTES.txt") {
			result.Notes = text
			continue
		}
		for _, document := range between.Split(text, -1) {
			object, err := decode(document)
			if err != nil {
				result.Error = fmt.Sprintf("%s: %v\n%s", name, err, document)
				return result
			}
			if object != nil {
				result.Objects = append(result.Objects, object)
			}
		}
	}
	return result
}

var between = regexp.MustCompile(`(?m)^---\s*$`)

// Chart is a chart in a folder.
type Chart struct {
	Metadata Metadata
	Values   map[string]any
	// The templates by path, as "lineup/templates/service.yaml".
	templates map[string]string
	names     []string
	files     Files
}

// Metadata is Chart.yaml with the fields that Helm knows.
type Metadata struct {
	APIVersion  string            `json:"apiVersion"`
	Name        string            `json:"name"`
	Version     string            `json:"version"`
	AppVersion  string            `json:"appVersion"`
	Description string            `json:"description"`
	Type        string            `json:"type"`
	KubeVersion string            `json:"kubeVersion"`
	Home        string            `json:"home"`
	Icon        string            `json:"icon"`
	Sources     []string          `json:"sources"`
	Keywords    []string          `json:"keywords"`
	Annotations map[string]string `json:"annotations"`
	Maintainers []map[string]any  `json:"maintainers"`
}

// IsRoot is what templates ask as .Chart.IsRoot.
func (Metadata) IsRoot() bool { return true }

func load(folder string) (*Chart, error) {
	chart := &Chart{templates: map[string]string{}, files: Files{}}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(folder, path)
		name = filepath.ToSlash(name)
		switch {
		case name == "Chart.yaml":
			return yaml.UnmarshalStrict(content, &chart.Metadata)
		case name == "values.yaml":
			return yaml.UnmarshalStrict(content, &chart.Values)
		case strings.HasPrefix(name, "templates/"):
			full := chart.Metadata.Name + "/" + name
			chart.templates[full] = string(content)
			if !strings.HasPrefix(filepath.Base(name), "_") {
				chart.names = append(chart.names, full)
			}
		default:
			chart.files[name] = content
		}
		return nil
	})
	return chart, err
}

// validate compares the values with values.schema.json, with the library that Helm uses.
func (chart *Chart) validate(values map[string]any) error {
	schema := gojsonschema.NewBytesLoader(chart.files["values.schema.json"])
	found, err := gojsonschema.Validate(schema, gojsonschema.NewGoLoader(values))
	if err != nil || found.Valid() {
		return err
	}
	problems := []string{}
	for _, problem := range found.Errors() {
		problems = append(problems, problem.String())
	}
	return fmt.Errorf("values.schema.json: %s", strings.Join(problems, "; "))
}

// merge is how Helm lays values over those of the chart: null removes a key.
func merge(under, over map[string]any) map[string]any {
	merged := map[string]any{}
	for key, value := range under {
		merged[key] = value
	}
	for key, value := range over {
		if value == nil {
			delete(merged, key)
			continue
		}
		below, isMap := merged[key].(map[string]any)
		above, areBoth := value.(map[string]any)
		if isMap && areBoth {
			merged[key] = merge(below, above)
		} else {
			merged[key] = value
		}
	}
	return merged
}
