package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

// Files is .Files of a template.
type Files map[string][]byte

// Get returns a file of the chart, or nothing.
func (files Files) Get(name string) string { return string(files[name]) }

// Versions is .Capabilities.APIVersions.
type Versions []string

// Has says whether the cluster has an API, as "monitoring.coreos.com/v1".
func (versions Versions) Has(api string) bool { return slices.Contains(versions, api) }

// render runs all templates of the chart, as Helm's engine does: the same functions, and the same options.
func (chart *Chart) render(one Case, values map[string]any) (map[string]string, error) {
	root := template.New("chart").Option("missingkey=zero")
	root.Funcs(functions(root, one))
	for name, text := range chart.templates {
		if _, err := root.New(name).Parse(text); err != nil {
			return nil, err
		}
	}
	kube := map[string]any{"Version": "v1.32.0", "GitVersion": "v1.32.0", "Major": "1", "Minor": "32"}
	files := map[string]string{}
	for _, name := range chart.names {
		data := map[string]any{
			"Values": values,
			"Chart":  chart.Metadata,
			"Files":  chart.files,
			"Release": map[string]any{
				"Name": one.Release, "Namespace": one.Namespace, "Service": "Helm", "Revision": 1,
				"IsInstall": !one.Upgrade, "IsUpgrade": one.Upgrade,
			},
			"Capabilities": map[string]any{"KubeVersion": kube, "APIVersions": Versions(one.APIs)},
			"Template":     map[string]any{"Name": name, "BasePath": path.Join(chart.Metadata.Name, "templates")},
			"Subcharts":    map[string]any{},
		}
		text, err := execute(root, name, data)
		if err != nil {
			return nil, err
		}
		files[name] = text
	}
	return files, nil
}

func execute(root *template.Template, name string, data any) (string, error) {
	var out strings.Builder
	err := root.ExecuteTemplate(&out, name, data)
	// Helm removes what text/template writes for a missing value.
	return strings.ReplaceAll(out.String(), "<no value>", ""), err
}

func functions(root *template.Template, one Case) template.FuncMap {
	all := sprig.TxtFuncMap()
	// As Helm: a chart does not read the environment of the machine.
	delete(all, "env")
	delete(all, "expandenv")
	maps.Copy(all, template.FuncMap{
		"include": func(name string, data any) (string, error) { return execute(root, name, data) },
		"tpl": func(text string, data any) (string, error) {
			copied, err := root.Clone()
			if err != nil {
				return "", err
			}
			if _, err := copied.New("tpl").Parse(text); err != nil {
				return "", err
			}
			return execute(copied, "tpl", data)
		},
		"required": func(why string, value any) (any, error) {
			if value == nil || value == "" {
				return value, fmt.Errorf("%s", why)
			}
			return value, nil
		},
		"lookup": func(api, kind, namespace, name string) map[string]any {
			if found, ok := one.Cluster[strings.Join([]string{api, kind, namespace, name}, "/")]; ok {
				return found
			}
			return map[string]any{}
		},
		"toYaml": func(value any) string {
			text, err := yaml.Marshal(value)
			if err != nil {
				return ""
			}
			return strings.TrimSuffix(string(text), "\n")
		},
		"fromYaml": func(text string) map[string]any {
			value := map[string]any{}
			if err := yaml.Unmarshal([]byte(text), &value); err != nil {
				value["Error"] = err.Error()
			}
			return value
		},
		"fromYamlArray": func(text string) []any {
			value := []any{}
			if err := yaml.Unmarshal([]byte(text), &value); err != nil {
				value = []any{err.Error()}
			}
			return value
		},
		"toJson": func(value any) string {
			text, err := json.Marshal(value)
			if err != nil {
				return ""
			}
			return string(text)
		},
		"fromJson": func(text string) map[string]any {
			value := map[string]any{}
			if err := json.Unmarshal([]byte(text), &value); err != nil {
				value["Error"] = err.Error()
			}
			return value
		},
	})
	return all
}
